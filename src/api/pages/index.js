"use strict";

function make(name, props = {}, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

function kind(schema) {
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.format === "date-time") return "time or null";
  if (schema.type === "array") return `list of ${schema.items.type}s`;
  if ("minimum" in schema && schema.minimum > -1e15) return `${schema.minimum} … ${schema.maximum}`;
  return [].concat(schema.type).join(" or ");
}

function table(title, rows) {
  if (!rows.length) return "";
  const body = rows.map(([name, schema, isRequired, what]) =>
    make("tr", {},
      make("td", {}, make("code", { textContent: name })),
      make("td", { textContent: kind(schema) }),
      make("td", { textContent: isRequired ? "required" : "" }),
      make("td", { textContent: what || "" })));
  return make("div", {}, make("h3", { textContent: title }), make("table", {}, ...body));
}

function fields(schema) {
  const inner = schema?.properties?.items?.items?.properties ? schema.properties.items.items : schema;
  return Object.entries(inner?.properties || {}).map(([name, field]) =>
    [name, field, (inner.required || []).includes(name), field.description]);
}

function route(method, path, operation) {
  const content = (part) => part?.content?.["application/json"]?.schema;
  const [status, success] = Object.entries(operation.responses).find(([code]) => code.startsWith("2"));
  const reply = content(success);
  const isPage = Boolean(reply?.properties?.items);
  const scope = operation.security[0]?.token?.[0];
  return make("details", { id: operation.operationId },
    make("summary", {},
      make("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
      make("span", { className: "path", textContent: path }),
      make("span", { className: "about", textContent: operation.summary })),
    make("div", { className: "inside" },
      make("p", { textContent: scope ? `Needs the scope ${scope}. Answers ${status}.` : `For everybody. Answers ${status}.` }),
      table("Parameters", operation.parameters.map((part) =>
        [part.name, part.schema, part.required, part.description])),
      table("Body", fields(content(operation.requestBody))),
      table(isPage ? "Answer: a page of these, and `next`" : "Answer", fields(reply))));
}

function show(api) {
  const chapters = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags[0];
      if (tag === "pages") continue;
      if (!chapters.has(tag)) chapters.set(tag, [make("h2", { textContent: tag, id: tag })]);
      chapters.get(tag).push(route(method, path, operation));
    }
  }
  document.getElementById("routes").replaceChildren(...[...chapters.values()].flat());
}

fetch("/api/v1/openapi.json")
  .then((reply) => reply.json())
  .then(show)
  .catch((trouble) => {
    document.getElementById("routes").replaceChildren(make("p", { textContent: `The document cannot be read: ${trouble}` }));
  });
