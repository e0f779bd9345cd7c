// Places a call with the client that was generated from the OpenAPI document,
// follows its events, and downloads the recording.
//
// usage: node client.cjs GENERATED URL TOKEN NUMBER SCRIPT

"use strict";

const [generated, url, token, number, script] = process.argv.slice(2);
const { CallsService, OpenAPI, ApiError } = require(generated);

OpenAPI.BASE = url;
OpenAPI.TOKEN = token;

const headers = { Authorization: `Bearer ${token}` };

// Server-sent events: what no generator makes.
async function* events(reply) {
  let rest = "";
  for await (const piece of reply.body.pipeThrough(new TextDecoderStream())) {
    rest += piece;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const line = (name) => rest.slice(0, end).split("\n").find((each) => each.startsWith(name))?.slice(name.length);
      const event = { type: line("event: "), data: line("data: ") };
      rest = rest.slice(end + 2);
      if (event.data) yield { ...event, data: JSON.parse(event.data) };
    }
  }
}

async function place() {
  const order = { idempotencyKey: "one call", requestBody: { number, script, variables: { name: "Anna" } } };
  const call = await CallsService.postCalls(order);
  const again = await CallsService.postCalls(order);
  if (again.id !== call.id) throw new Error("called twice");
  return call.id;
}

async function refused() {
  try {
    await CallsService.postCalls({ requestBody: { number: "12;drop", script } });
  } catch (trouble) {
    if (trouble instanceof ApiError) return trouble.body.field;
    throw trouble;
  }
  return "nothing";
}

async function main() {
  const stream = events(await fetch(`${url}/api/v1/events`, { headers }));
  const id = await place();
  const types = [];
  for (let event = await stream.next(); !event.done; event = await stream.next()) {
    if (event.value.data.key !== id) continue;
    types.push(event.value.type);
    if (event.value.type === "call.ended") break;
  }
  await stream.return();

  const call = await CallsService.getCallsId({ id });
  const steps = await CallsService.getCallsIdSteps({ id });
  const where = `${url}/api/v1/calls/${id}/recording`;
  const sound = Buffer.from(await (await fetch(where, { headers })).arrayBuffer());
  const part = await fetch(where, { headers: { ...headers, Range: "bytes=4-15" } });
  console.log(JSON.stringify({
    types, label: call.label, steps: steps.items.length, bytes: sound.length,
    head: sound.subarray(0, 4).toString("latin1"), status: part.status,
    isPart: Buffer.from(await part.arrayBuffer()).equals(sound.subarray(4, 16)), refused: await refused(),
  }));
  process.exit(0);
}

main().catch((trouble) => {
  console.error(trouble);
  process.exit(1);
});
