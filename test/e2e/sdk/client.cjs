// A vendor's own client against a service: what it heard, or was told, as JSON.
//
// usage: client.cjs NODE_MODULES KIND URL KEY SECRET WAV
"use strict";
const fs = require("fs");
const path = require("path");

const [modules, kind, url, key, secret, wav] = process.argv.slice(2);
const load = (name) => require(path.join(modules, name));
const pcm = wav ? fs.readFileSync(wav).subarray(44) : Buffer.alloc(0);
const PIECE_MS = 100;
const RATE_HZ = 16000;
const PIECE = (RATE_HZ * 2 * PIECE_MS) / 1000;

// At the speed of life.
async function speak(send) {
  for (let at = 0; at < pcm.length; at += PIECE) {
    send(pcm.subarray(at, at + PIECE));
    await new Promise((done) => setTimeout(done, PIECE_MS));
  }
}

async function deepgram() {
  const { DeepgramClient } = load("@deepgram/sdk");
  const client = new DeepgramClient({
    apiKey: key,
    environment: { base: url, production: url.replace("http", "ws"),
      agent: url, agentRest: url },
  });
  const socket = await client.listen.v1.connect({
    model: "nova-3", language: "en", encoding: "linear16", channels: 1,
    sample_rate: RATE_HZ, interim_results: "true", reconnectAttempts: 0,
  });
  const heard = { partials: 0, text: [], types: [] };
  const over = new Promise((done, fail) => {
    socket.on("message", (data) => {
      if (data.type !== "Results") heard.types.push(data.type);
      else if (!data.is_final) heard.partials += 1;
      else heard.text.push(data.channel.alternatives[0].transcript);
      if (data.type === "Metadata") done();
    });
    socket.on("error", fail);
  });
  socket.connect();
  await socket.waitForOpen();
  await speak((piece) => socket.sendMedia(piece));
  socket.sendCloseStream({ type: "CloseStream" });
  await over;
  socket.close();
  return { ...heard, text: heard.text.join(" ").trim() };
}

async function nls() {
  const { SpeechTranscription } = load("alibabacloud-nls");
  const getToken = load("alibabacloud-nls/lib/token.js");
  const made = await getToken({ akid: key, akkey: secret, endpoint: url });
  const client = new SpeechTranscription({
    url: `${url.replace("http", "ws")}/ws/v1`, appkey: "app-1",
    token: made.Token.Id,
  });
  const heard = { partials: 0, text: "", types: [] };
  client.on("changed", () => { heard.partials += 1; });
  client.on("end", (text) => { heard.text = JSON.parse(text).payload.result; });
  client.on("begin", () => heard.types.push("begin"));
  const params = client.defaultStartParams();
  heard.types.push(JSON.parse(await client.start(params, false)).header.name);
  await new Promise((done) => setTimeout(done, 100));
  await speak((piece) => client.sendAudio(piece));
  heard.types.push(JSON.parse(await client.close()).header.name);
  return { ...heard, expires: made.Token.ExpireTime };
}

// The fake's HTTP server knows no chunked requests: the same bytes at once.
async function atOnce(address, init) {
  const request = new Request(address, { ...init, duplex: "half" });
  const body = init.body && Buffer.from(await request.clone().arrayBuffer());
  return fetch(address, { method: init.method, headers: request.headers, body });
}

function openaiClient() {
  const { OpenAI } = load("openai");
  return new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0,
    fetch: atOnce });
}

async function openai() {
  const said = await openaiClient().audio.transcriptions.create({
    file: fs.createReadStream(wav), model: "whisper-1", language: "en",
    response_format: "verbose_json",
  });
  return { text: said.text.trim(), segments: said.segments.length };
}

async function openaiTts() {
  const answer = await openaiClient().audio.speech.create({
    model: "tts-1", voice: "nova", input: "good morning",
    response_format: "pcm",
  });
  const sound = Buffer.from(await answer.arrayBuffer());
  return { bytes: sound.length, type: answer.headers.get("content-type") };
}

const kindv = { deepgram, nls, openai, "openai-tts": openaiTts };

kindv[kind]().then(
  (told) => { console.log(JSON.stringify(told)); process.exit(0); },
  (error) => {
    console.log(JSON.stringify({ error: String(error && error.message || error),
      status: error && error.status }));
    process.exit(0);
  });
