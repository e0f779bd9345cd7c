#!/usr/bin/python3
"""SpeechKit v3 as its interface describes it, served by gRPC itself.

usage: yandex_v3.py KEY PEM TEXT...

PEM is a file with a certificate and its key: TLS; "" without.

The messages are made from descriptors by Google's own Protocol Buffers, the
connection is grpcio's: what our client says is judged by neither of ours.
Prints "port N", then a line for each call; a complaint begins with "!". The
level of the sound chooses the text, as in fake_phrase.c. Ends with stdin.
"""
import array
import sys
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

STT = "speechkit.stt.v3"
TTS = "speechkit.tts.v3"
KINDS = {"int64": 3, "bool": 8, "string": 9, "bytes": 12, "enum": 14,
         "double": 1}

# name: [(field, number, kind or message, repeated)]
MESSAGES = {
    "RawAudio": [("audio_encoding", 1, "int64"),
                 ("sample_rate_hertz", 2, "int64"),
                 ("audio_channel_count", 3, "int64")],
    "AudioFormatOptions": [("raw_audio", 1, "RawAudio")],
    "TextNormalizationOptions": [("text_normalization", 1, "int64"),
                                 ("profanity_filter", 2, "bool"),
                                 ("literature_text", 3, "bool")],
    "LanguageRestrictionOptions": [("restriction_type", 1, "int64"),
                                   ("language_code", 2, "string", True)],
    "RecognitionModelOptions": [
        ("model", 1, "string"), ("audio_format", 2, "AudioFormatOptions"),
        ("text_normalization", 3, "TextNormalizationOptions"),
        ("language_restriction", 4, "LanguageRestrictionOptions"),
        ("audio_processing_type", 5, "int64")],
    "DefaultEouClassifier": [("type", 1, "int64"),
                             ("max_pause_between_words_hint_ms", 2, "int64")],
    "EouClassifierOptions": [("default_classifier", 1,
                              "DefaultEouClassifier")],
    "StreamingOptions": [("recognition_model", 1, "RecognitionModelOptions"),
                         ("eou_classifier", 2, "EouClassifierOptions")],
    "AudioChunk": [("data", 1, "bytes")],
    "StreamingRequest": [("session_options", 1, "StreamingOptions"),
                         ("chunk", 2, "AudioChunk")],
    "Word": [("text", 1, "string"), ("start_time_ms", 2, "int64"),
             ("end_time_ms", 3, "int64")],
    "Alternative": [("words", 1, "Word", True), ("text", 2, "string"),
                    ("start_time_ms", 3, "int64"),
                    ("end_time_ms", 4, "int64"), ("confidence", 5, "double")],
    "AlternativeUpdate": [("alternatives", 1, "Alternative", True),
                          ("channel_tag", 2, "string")],
    "EouUpdate": [("time_ms", 2, "int64")],
    "FinalRefinement": [("final_index", 1, "int64"),
                        ("normalized_text", 2, "AlternativeUpdate")],
    "SessionUuid": [("uuid", 1, "string"), ("user_request_id", 2, "string")],
    "AudioCursors": [("received_data_ms", 1, "int64"),
                     ("partial_time_ms", 3, "int64")],
    "StreamingResponse": [
        ("session_uuid", 1, "SessionUuid"), ("audio_cursors", 2,
                                             "AudioCursors"),
        ("response_wall_time_ms", 3, "int64"),
        ("partial", 4, "AlternativeUpdate"), ("final", 5, "AlternativeUpdate"),
        ("eou_update", 6, "EouUpdate"),
        ("final_refinement", 7, "FinalRefinement")],
}


# The same of the voice; one of the hints in each message.
VOICE_MESSAGES = {
    "RawAudio": [("audio_encoding", 1, "int64"),
                 ("sample_rate_hertz", 2, "int64")],
    "AudioFormatOptions": [("raw_audio", 1, "RawAudio")],
    "Hints": [("voice", 1, "string"), ("speed", 3, "double"),
              ("volume", 4, "double"), ("role", 5, "string"),
              ("pitch_shift", 6, "double")],
    "UtteranceSynthesisRequest": [
        ("model", 1, "string"), ("text", 2, "string"),
        ("hints", 4, "Hints", True),
        ("output_audio_spec", 5, "AudioFormatOptions"),
        ("unsafe_mode", 7, "bool")],
    "AudioChunk": [("data", 1, "bytes")],
    "TextChunk": [("text", 1, "string")],
    "UtteranceSynthesisResponse": [
        ("audio_chunk", 1, "AudioChunk"), ("text_chunk", 2, "TextChunk"),
        ("start_ms", 3, "int64"), ("length_ms", 4, "int64")],
}


def messages(package, table):
    file = descriptor_pb2.FileDescriptorProto(
        name=package + ".proto", package=package, syntax="proto3")
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field, number, kind, *repeated in fields:
            row = message.field.add(name=field, number=number,
                                    label=3 if repeated else 1)
            if kind in KINDS:
                row.type = KINDS[kind]
            else:
                row.type = 11
                row.type_name = f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(
        pool.FindMessageTypeByName(f"{package}.{name}")) for name in table}


def complain(what):
    print("!", what, flush=True)


class Recognizer(grpc.GenericRpcHandler):
    def __init__(self, key, texts):
        self.key = key
        self.texts = texts
        self.made = messages(STT, MESSAGES)

    def service(self, details):
        if details.method != f"/{STT}.Recognizer/RecognizeStreaming":
            return None
        self.metadata = dict(details.invocation_metadata)
        return grpc.stream_stream_rpc_method_handler(
            self.recognize,
            request_deserializer=self.made["StreamingRequest"].FromString,
            response_serializer=lambda message: message.SerializeToString())

    def check(self, options):
        model = options.recognition_model
        raw = model.audio_format.raw_audio
        if (model.model, raw.audio_encoding, raw.sample_rate_hertz,
                raw.audio_channel_count) != ("general", 1, 8000, 1):
            complain(f"settings: {options}")
        if list(model.language_restriction.language_code) != ["en-US"]:
            complain(f"language: {model.language_restriction}")
        if not options.HasField("eou_classifier"):
            complain("no classifier")

    def update(self, text, samples):
        return self.made["AlternativeUpdate"](alternatives=[
            self.made["Alternative"](text=text, start_time_ms=100,
                                     end_time_ms=samples // 8 - 100,
                                     confidence=0.875)])

    def recognize(self, requests, context):
        response = self.made["StreamingResponse"]
        told = dict(context.invocation_metadata())
        if told.get("authorization") != f"Api-Key {self.key}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED,
                          f"ключ {self.key} не тот")
        if not told.get("x-client-request-id"):
            complain("no x-client-request-id")
        sound = array.array("h")
        for i, request in enumerate(requests):
            if (i == 0) != request.HasField("session_options"):
                complain(f"message {i} is out of order")
            if i == 0:
                self.check(request.session_options)
                yield response(session_uuid=self.made["SessionUuid"](
                    uuid="1"))
                continue
            sound.frombytes(request.chunk.data)
            level = sum(map(abs, sound[::80])) / len(sound[::80])
            text = self.texts[max(0, round(level / 1000) - 1)]
            words = text.split()[:len(sound) // 1600]
            yield response(partial=self.update(" ".join(words), len(sound)))
        if sound:
            yield response(final=self.update(text, len(sound)))
            yield response(eou_update=self.made["EouUpdate"](
                time_ms=len(sound) // 8))
        print("call", len(sound), flush=True)


class Synthesizer(grpc.GenericRpcHandler):
    """A square wave for each text, 80 ms a character."""

    def __init__(self, key):
        self.key = key
        self.made = messages(TTS, VOICE_MESSAGES)

    def service(self, details):
        if details.method != f"/{TTS}.Synthesizer/UtteranceSynthesis":
            return None
        return grpc.unary_stream_rpc_method_handler(
            self.speak, request_deserializer=self.made[
                "UtteranceSynthesisRequest"].FromString,
            response_serializer=lambda message: message.SerializeToString())

    def speak(self, request, context):
        response = self.made["UtteranceSynthesisResponse"]
        chunk = self.made["AudioChunk"]
        told = dict(context.invocation_metadata())
        if told.get("authorization") != f"Api-Key {self.key}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED,
                          f"ключ {self.key} не тот")
        raw = request.output_audio_spec.raw_audio
        if (raw.audio_encoding, raw.sample_rate_hertz) != (1, 8000):
            complain(f"audio: {request.output_audio_spec}")
        hints = {field.name: value for hint in request.hints
                 for field, value in hint.ListFields()}
        if hints != {"voice": "marina", "role": "friendly", "speed": 2.0,
                     "pitch_shift": -100.0 * 0.5}:
            complain(f"hints: {hints}")
        wave = array.array("h", [4000] * 8 + [-4000] * 8).tobytes()
        for letter in request.text:
            yield response(text_chunk=self.made["TextChunk"](text=letter),
                           audio_chunk=chunk(data=wave * 40))
        print("text", request.text, flush=True)


def main():
    server = grpc.server(futures.ThreadPoolExecutor(8),
                         handlers=[Recognizer(sys.argv[1], sys.argv[3:]),
                                   Synthesizer(sys.argv[1])])
    if sys.argv[2]:
        with open(sys.argv[2], "rb") as file:
            pem = file.read()
        port = server.add_secure_port(
            "127.0.0.1:0", grpc.ssl_server_credentials([(pem, pem)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("port", port, flush=True)
    sys.stdin.read()
    server.stop(0)


if __name__ == "__main__":
    main()
