#!/usr/bin/env python3
"""fake-forge.py <kind> <state file> <port file> <log>: a forge on loopback, as far as its own description (tests/forge/) goes.

The state is read anew for each request: {"protected": [...], "rules": {branch: [types]}, "token": "...", "status": 503, "raw": "..."}.
The log gets one JSON line a request. A request the description does not know is answered with 422; an answer of ours that it would
not allow with 500.
"""

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import jsonschema

KIND, STATE, PORT_FILE, LOG = sys.argv[1:5]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "forge", KIND + ".json"), encoding="utf-8") as source:
    API = json.load(source)
PREFIX = {"github": "", "gitlab": "/api/v4", "forgejo": ""}[KIND]


def deref(schema):
    """Without references, and with "nullable" as JSON Schema says it."""
    if isinstance(schema, list):
        return [deref(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found = API
        for part in schema["$ref"][2:].split("/"):
            found = found[part]
        return deref(found)
    whole = {key: deref(value) for key, value in schema.items()}
    if whole.pop("nullable", False):
        whole = {"anyOf": [whole, {"type": "null"}]}
    return whole


def sample(schema):
    """The least that the schema allows."""
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return sample(schema[key][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "string":
        return {"uri": "https://forge.example/", "date-time": "2026-01-01T00:00:00Z"}.get(schema.get("format"), "x")
    return {"array": [], "integer": 1, "number": 1, "boolean": False}[kind]


def route(path):
    """The described path it is, its parameters, and the schema of its answer."""
    for template, item in API["paths"].items():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        found = re.fullmatch(pattern, path)
        if found:
            answer = item["get"]["responses"]["200"]
            if "$ref" in answer:
                answer = deref(answer)
            schema = answer["content"]["application/json"]["schema"] if "content" in answer else answer["schema"]
            return template, {key: unquote(value) for key, value in found.groupdict().items()}, deref(schema)
    return None, None, None


class Forge(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        with open(STATE, encoding="utf-8") as source:
            state = json.load(source)
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, "headers": dict(self.headers)}) + "\n")
        template, params, schema = route(PREFIX + self.path)
        accept = self.headers.get("Accept", "")
        if not template or "application/json" not in accept:
            self.answer(422, '{"message": "not in the description"}')
        elif "status" in state:
            self.answer(state["status"], state.get("raw", '{"message": "as told"}'))
        elif "raw" in state:
            self.answer(200, state["raw"])
        elif "token" in state and self.headers.get("Authorization") != "Bearer " + state["token"]:
            self.answer(404, '{"message": "Not Found"}')
        else:
            self.tell(state, template, params["branch"], schema)

    def tell(self, state, template, branch, schema):
        if "/rules/" in template:
            body = [{**sample(schema["items"]), "type": kind} for kind in state.get("rules", {}).get(branch, [])]
        else:
            body = {**sample(schema), "name": branch, "protected": branch in state.get("protected", [])}
        try:
            jsonschema.validate(body, schema, jsonschema.Draft4Validator)
        except jsonschema.ValidationError as problem:
            self.answer(500, json.dumps({"message": f"the fake is wrong: {problem.message[:200]}"}))
            return
        self.answer(200, json.dumps(body))


server = ThreadingHTTPServer(("127.0.0.1", 0), Forge)
with open(PORT_FILE + ".new", "w", encoding="ascii") as out:
    out.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
