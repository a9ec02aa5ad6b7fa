#!/usr/bin/env python3
"""fake-model.py <dir>: a scripted model on loopback, for real agents: the Responses API of OpenAI and the Messages API of
Anthropic, streamed. It has an agent write greeting.txt and then end its turn, and checks what it is sent at each step: what is
wrong is answered with 400 and written to <dir>/errors. /oauth/token gives a new login for the one in <dir>/refresh, once. The port is written to <dir>/port; read at each request are <dir>/mode
(work, 401, 429), <dir>/key and <dir>/model. Requests are counted in <dir>/requests.
"""
import base64
import http.server
import json
import os
import sys
import threading

DIR = sys.argv[1]
GREETING = 'Hello, world'
BRIEF = 'A greeting is wanted'  # of tests/lib-runs.sh
LOCK = threading.Lock()


class Wrong(Exception):
    """What an agent sent is not what its step asks for."""


def check(condition, what):
    if not condition:
        raise Wrong(what)


def said(name):
    with open(os.path.join(DIR, name), encoding='utf-8') as file:
        return file.read().strip()


def note(name, line):
    with LOCK, open(os.path.join(DIR, name), 'a', encoding='utf-8') as file:
        file.write(line + '\n')


# --- Responses API: https://platform.openai.com/docs/api-reference/responses-streaming


def call(number, command):
    return {'type': 'function_call', 'id': f'fc_{number}', 'call_id': f'call_{number}', 'name': 'exec_command',
            'arguments': json.dumps({'cmd': command})}


PATCH = f"""apply_patch <<'EOF'
*** Begin Patch
*** Add File: greeting.txt
+{GREETING}
*** End Patch
EOF"""

# Each step: what the agent is told to do, and what must be in the output it reports of it.
RESPONSES = [
    (call(0, 'echo "in $(basename "$PWD")" && cat hello.txt'), 'hello'),
    (call(1, PATCH), 'greeting.txt'),
    (call(2, 'cat greeting.txt && git status --short'), GREETING),
    ({'type': 'message', 'role': 'assistant', 'id': 'msg_1',
      'content': [{'type': 'output_text', 'text': 'The greeting is there.'}]}, None),
]


def text_of(output):
    if isinstance(output, str):
        return output
    return ''.join(part.get('text', '') for part in output)


def responses(headers, body):
    check(headers.get('authorization') == f'Bearer {said("key")}', 'the key')
    check(body.get('stream') is True, 'stream')
    tools = {tool.get('name'): tool for tool in body['tools']}
    check('cmd' in tools['exec_command']['parameters']['properties'], 'the tool exec_command')
    check(any(BRIEF in text_of(item['content']) for item in body['input']
              if item['type'] == 'message' and item['role'] == 'user'), 'the brief')
    outputs = {item['call_id']: text_of(item['output']) for item in body['input']
               if item['type'] == 'function_call_output'}
    step = len(outputs)
    check(step < len(RESPONSES), 'no step is left')
    for before in range(step):
        check(RESPONSES[before][1] in outputs.get(f'call_{before}', ''),
              f'the output of step {before}, which is {outputs.get(f"call_{before}")!r}')
    ident = f'resp_{step}'
    usage = {'input_tokens': 100, 'input_tokens_details': None, 'output_tokens': 10, 'output_tokens_details': None,
             'total_tokens': 110}
    return [{'type': 'response.created', 'response': {'id': ident}},
            {'type': 'response.output_item.done', 'output_index': 0, 'item': RESPONSES[step][0]},
            {'type': 'response.completed', 'response': {'id': ident, 'usage': usage}}]


# --- Messages API: https://docs.anthropic.com/en/api/messages-streaming


def blocks(message, kind):
    content = message['content']
    return [] if isinstance(content, str) else [block for block in content if block['type'] == kind]


def all_text(message):
    content = message['content']
    return content if isinstance(content, str) else ''.join(block.get('text', '') for block in content)


def next_use(results):
    """The tool that is used after these results; None: the turn ends."""
    if not results:
        return 'Bash', {'command': 'pwd', 'description': 'Where am I'}
    place = results[0].strip()
    if len(results) == 1:
        check(place.startswith('/'), f'the output of pwd, which is {place!r}')
        return 'Write', {'file_path': f'{place}/greeting.txt', 'content': GREETING + '\n'}
    if len(results) == 2:
        check('greeting.txt' in results[1], f'the result of Write, which is {results[1]!r}')
        return 'Bash', {'command': 'cat greeting.txt && git status --short', 'description': 'Look at it'}
    check(GREETING in results[2], f'the output of cat, which is {results[2]!r}')
    return None


def messages(headers, body):
    check(headers.get('x-api-key') == said('key'), 'the key')
    check(headers.get('anthropic-version') == '2023-06-01', 'the version')
    check(body.get('stream') is True, 'stream')
    check(body['max_tokens'] > 0, 'max_tokens')
    tools = {tool['name'] for tool in body['tools']}
    check({'Bash', 'Write'} <= tools, f'the tools, which are {tools}')
    check(any(BRIEF in all_text(message) for message in body['messages'] if message['role'] == 'user'), 'the brief')
    results = [block for message in body['messages'] for block in blocks(message, 'tool_result')]
    for at, block in enumerate(results):
        check(block['tool_use_id'] == f'toolu_{at}', 'the id of a result')
        check(not block.get('is_error'), f'a tool failed: {block["content"]}')
    use = next_use([text_of(block['content']) for block in results])
    if use:
        block = {'type': 'tool_use', 'id': f'toolu_{len(results)}', 'name': use[0], 'input': {}}
        delta = {'type': 'input_json_delta', 'partial_json': json.dumps(use[1])}
    else:
        block = {'type': 'text', 'text': ''}
        delta = {'type': 'text_delta', 'text': 'The greeting is there.'}
    head = {'id': f'msg_{len(results)}', 'type': 'message', 'role': 'assistant', 'model': body['model'], 'content': [],
            'stop_reason': None, 'stop_sequence': None, 'usage': {'input_tokens': 100, 'output_tokens': 1}}
    return [{'type': 'message_start', 'message': head},
            {'type': 'content_block_start', 'index': 0, 'content_block': block},
            {'type': 'content_block_delta', 'index': 0, 'delta': delta},
            {'type': 'content_block_stop', 'index': 0},
            {'type': 'message_delta', 'delta': {'stop_reason': 'tool_use' if use else 'end_turn', 'stop_sequence': None},
             'usage': {'output_tokens': 10}},
            {'type': 'message_stop'}]


# --- a login that is refreshed: RFC 6749, section 6, with tokens that rotate


def jwt(number):
    claims = {'exp': 4000000000, 'email': 'person@example.com', 'jti': str(number),
              'https://api.openai.com/auth': {'chatgpt_account_id': 'account', 'chatgpt_plan_type': 'pro'}}
    return '.'.join(base64.urlsafe_b64encode(part).rstrip(b'=').decode()
                    for part in (b'{"alg":"none"}', json.dumps(claims).encode(), b'signature'))


def write(name, text):
    with open(os.path.join(DIR, name), 'w', encoding='utf-8') as file:
        file.write(text)


def refresh(_, body):
    check(body['grant_type'] == 'refresh_token', 'the kind of grant')
    with LOCK:
        check(body['refresh_token'] == said('refresh'), f'a token used before, {body["refresh_token"]!r}')
        number = int(said('refresh').split('-')[1]) + 1
        write('refresh', f'refresh-{number}')
        write('key', jwt(number))
    return {'id_token': jwt(number), 'access_token': jwt(number), 'refresh_token': f'refresh-{number}'}


APIS = {'/v1/responses': responses, '/v1/messages': messages}
REFUSALS = {'401': (401, 'authentication_error', 'invalid key'), '429': (429, 'rate_limit_error', 'slow down')}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, code, kind, body):
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, code, kind, message):
        error = {'type': 'error', 'error': {'type': kind, 'message': message}}
        self.answer(code, 'application/json', json.dumps(error).encode())

    def do_GET(self):
        self.refuse(404, 'not_found_error', 'no such place')

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        note('requests', f'{self.path.split("?")[0]} {said("mode")}')
        refusal = REFUSALS.get(said('mode'))
        if refusal:
            self.refuse(*refusal)
            return
        try:
            body = json.loads(raw)
            if self.path == '/oauth/token':
                self.answer(200, 'application/json', json.dumps(refresh(self.headers, body)).encode())
                return
            check(body.get('model') == said('model'), f'the model, which is {body.get("model")!r}')
            events = APIS[self.path.split('?')[0]](self.headers, body)
        except (Wrong, KeyError, TypeError, ValueError) as error:
            note('errors', f'{self.path}: {error!r}')
            self.refuse(400, 'invalid_request_error', repr(error))
            return
        lines = [f'event: {event["type"]}\ndata: {json.dumps(event)}\n\n' for event in events]
        self.answer(200, 'text/event-stream', ''.join(lines).encode())

    def log_message(self, *args):
        pass


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    with open(os.path.join(DIR, 'port.new'), 'w', encoding='utf-8') as file:
        file.write(str(server.server_address[1]))
    os.rename(os.path.join(DIR, 'port.new'), os.path.join(DIR, 'port'))
    server.serve_forever()


main()
