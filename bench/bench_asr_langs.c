/*
 * bench/bench_asr_langs.c - what is said to the recogniser in other languages
 *
 * Two questions for each: all meanings, and yes or no only.
 */
#include "base/mem.h"
#include "bench_asr_corpus.h"

/* clang-format off */
static const struct corpus_answer ru_manyv[] = {
	{"yes", {"да", "да конечно", "хорошо", "согласен", "я приеду",
	 "подтверждаю", NULL}},
	{"no", {"нет", "нет спасибо", "не приеду", "не могу", "не согласен",
	 NULL}},
	{"later", {"позже", "перезвоните позже", "в другой день",
	 "давайте завтра", NULL}},
	{"operator", {"оператор", "соедините с оператором", "позовите человека",
	 NULL}},
	{"repeat", {"повторите", "повторите пожалуйста", "что вы сказали",
	 NULL}},
	{"price", {"сколько стоит", "какая цена", NULL}},
	{"who", {"кто это", "кто вы", "кто звонит", NULL}},
};

static const struct corpus_free ru_aroundv[] = {
	{0, "ну да конечно"},
	{0, "да, я приеду завтра"},
	{0, "ой, хорошо, спасибо"},
	{1, "к сожалению не могу"},
	{1, "нет, я не приеду"},
	{2, "а можно перезвоните позже"},
	{2, "лучше в другой день"},
	{3, "девушка, соедините с оператором"},
	{4, "простите, что вы сказали"},
	{5, "а сколько стоит приём"},
	{6, "подождите, а кто это"},
};

static const char *const ru_strangev[] = {
	"здравствуйте",
	"погода сегодня хорошая",
	"ну",
	"моя собака лает на соседей",
	"я подумаю",
	"минуточку",
	"поезд уходит в семь часов",
	"выключи телевизор",
	"алло",
	"дети в школе",
	"музыка очень громкая",
	"открой окно",
	"банан",
	"спасибо большое",
	"мы вчера были на даче",
	"ага",
	"у меня болит голова",
	"завтра день рождения мамы",
	"машина стоит во дворе",
	"интересно",
	"раз два три четыре пять",
	"вода",
	"он купил зелёный велосипед",
	"на улице дождь",
	NULL,
};

static const struct corpus_answer zh_manyv[] = {
	{"yes", {"是的", "好的", "可以", "没问题", "我会来", NULL}},
	{"no", {"不是", "不要", "不用了", "不可以", "我来不了", NULL}},
	{"later", {"晚点再打", "改天吧", "下次再说", NULL}},
	{"operator", {"转人工", "人工服务", "找客服", NULL}},
	{"repeat", {"再说一遍", "你说什么", "没听清楚", NULL}},
	{"price", {"多少钱", "价格是多少", NULL}},
	{"who", {"你是谁", "你是哪里的", NULL}},
};

static const struct corpus_free zh_aroundv[] = {
	{0, "嗯，好的，谢谢"},
	{0, "可以啊没问题"},
	{1, "不用了谢谢你"},
	{1, "对不起我来不了"},
	{2, "我在开会晚点再打"},
	{3, "请帮我转人工"},
	{4, "麻烦你再说一遍"},
	{5, "请问一共多少钱"},
	{6, "等一下你是谁啊"},
};

static const char *const zh_strangev[] = {
	"你好",
	"今天天气很好",
	"嗯",
	"我家的狗在叫",
	"让我想想",
	"等一下",
	"火车七点开",
	"把电视关掉",
	"喂",
	"孩子们在学校",
	"音乐太大声了",
	"打开窗户",
	"香蕉",
	"谢谢你",
	"我们昨天去了公园",
	"啊",
	"我头疼",
	"明天是妈妈的生日",
	"车停在院子里",
	"很有意思",
	"一二三四五",
	"水",
	"他买了一辆自行车",
	"外面下雨了",
	NULL,
};

static const struct corpus_answer de_manyv[] = {
	{"yes", {"ja", "ja bitte", "natürlich", "ich komme", "einverstanden",
	 NULL}},
	{"no", {"nein", "nein danke", "ich kann nicht", "auf keinen Fall",
	 NULL}},
	{"later", {"später", "rufen Sie später an", "ein anderer Tag",
	 "nächste Woche", NULL}},
	{"operator", {"Mitarbeiter", "verbinden Sie mich", "ein Mensch bitte",
	 NULL}},
	{"repeat", {"wie bitte", "wiederholen Sie das", "was haben Sie gesagt",
	 NULL}},
	{"price", {"was kostet das", "wie teuer ist das", NULL}},
	{"who", {"wer ist da", "wer sind Sie", NULL}},
};

static const struct corpus_free de_aroundv[] = {
	{0, "ach ja natürlich"},
	{0, "ja, ich komme gern"},
	{1, "nein, tut mir leid"},
	{1, "leider, ich kann nicht"},
	{2, "bitte rufen Sie später an"},
	{3, "verbinden Sie mich mit jemandem"},
	{4, "Entschuldigung, wie bitte"},
	{5, "und was kostet das"},
	{6, "hallo, wer ist da"},
};

static const char *const de_strangev[] = {
	"guten Tag",
	"das Wetter ist heute schön",
	"also",
	"mein Hund bellt die Nachbarn an",
	"ich überlege es mir",
	"einen Moment",
	"der Zug fährt um sieben",
	"mach den Fernseher aus",
	"hallo",
	"die Kinder sind in der Schule",
	"die Musik ist zu laut",
	"öffne das Fenster",
	"Banane",
	"vielen Dank",
	"gestern waren wir im Park",
	"aha",
	"ich habe Kopfschmerzen",
	"morgen hat meine Mutter Geburtstag",
	"das Auto steht im Hof",
	"interessant",
	"eins zwei drei vier fünf",
	"Wasser",
	"er kaufte ein grünes Fahrrad",
	"draußen regnet es",
	NULL,
};

static const struct corpus_answer es_manyv[] = {
	{"yes", {"sí", "sí claro", "por supuesto", "de acuerdo", "voy a ir",
	 NULL}},
	{"no", {"no", "no gracias", "no puedo", "de ninguna manera", NULL}},
	{"later", {"más tarde", "llámeme más tarde", "otro día",
	 "la semana que viene", NULL}},
	{"operator", {"operador", "hablar con alguien", "una persona por favor",
	 NULL}},
	{"repeat", {"repita por favor", "cómo dice", "qué ha dicho", NULL}},
	{"price", {"cuánto cuesta", "qué precio tiene", NULL}},
	{"who", {"quién es", "quién llama", NULL}},
};

static const struct corpus_free es_aroundv[] = {
	{0, "ah sí claro que sí"},
	{0, "bueno, de acuerdo"},
	{1, "lo siento, no puedo"},
	{1, "no gracias, adiós"},
	{2, "por favor llámeme más tarde"},
	{3, "quiero hablar con alguien"},
	{4, "perdone, qué ha dicho"},
	{5, "y cuánto cuesta la visita"},
	{6, "espere, quién llama"},
};

static const char *const es_strangev[] = {
	"buenos días",
	"hoy hace buen tiempo",
	"bueno",
	"mi perro ladra a los vecinos",
	"lo voy a pensar",
	"un momento",
	"el tren sale a las siete",
	"apaga la televisión",
	"hola",
	"los niños están en la escuela",
	"la música está muy alta",
	"abre la ventana",
	"plátano",
	"muchas gracias",
	"ayer fuimos al parque",
	"ajá",
	"me duele la cabeza",
	"mañana es el cumpleaños de mi madre",
	"el coche está en el patio",
	"interesante",
	"uno dos tres cuatro cinco",
	"agua",
	"compró una bicicleta verde",
	"está lloviendo",
	NULL,
};

const struct corpus_question corpus_langs_questionv[] = {
	{"ru_many", "ru", ru_manyv, ARRAY_COUNT(ru_manyv), ru_aroundv,
	 ARRAY_COUNT(ru_aroundv), ru_strangev},
	{"ru_yes_no", "ru", ru_manyv, 2, ru_aroundv, 5, ru_strangev},
	{"zh_many", "zh", zh_manyv, ARRAY_COUNT(zh_manyv), zh_aroundv,
	 ARRAY_COUNT(zh_aroundv), zh_strangev},
	{"zh_yes_no", "zh", zh_manyv, 2, zh_aroundv, 4, zh_strangev},
	{"de_many", "de", de_manyv, ARRAY_COUNT(de_manyv), de_aroundv,
	 ARRAY_COUNT(de_aroundv), de_strangev},
	{"de_yes_no", "de", de_manyv, 2, de_aroundv, 4, de_strangev},
	{"es_many", "es", es_manyv, ARRAY_COUNT(es_manyv), es_aroundv,
	 ARRAY_COUNT(es_aroundv), es_strangev},
	{"es_yes_no", "es", es_manyv, 2, es_aroundv, 4, es_strangev},
};
/* clang-format on */
const size_t corpus_langs_questionc = ARRAY_COUNT(corpus_langs_questionv);
