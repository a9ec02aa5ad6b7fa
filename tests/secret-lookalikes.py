#!/usr/bin/env python3
"""Files that hold no secret and much that looks like one: what is found in them is false.

usage: secret-lookalikes.py <directory>; makes <directory>/<kind>/<number>.<ending>, the same ones each time
"""

import base64
import json
import os
import random
import string
import sys
import uuid

EACH = 12
r = random.Random(7)
WORDS = ("account agent api auth build cache client config cookie customer data deploy event field file form header host image "
         "index input item key label list login map message model name node option order page path permission policy query "
         "record region report request response role route rule schema secret server service session setting source state "
         "status string table task team template test time token type update user value version window").split()
SERVICES = ("algolia aws azure circleci cloudflare datadog discord docker dropbox facebook github gitlab heroku intercom linode "
            "mailgun mixpanel npm okta paypal plaid postmark rollbar sentry shodan slack snyk spotify splunk stripe twilio "
            "twitch twitter vault vercel zendesk").split()


def hexes(n):
    return "".join(r.choice("0123456789abcdef") for _ in range(n))


def b64(n):
    return base64.b64encode(r.randbytes(n)).decode()


def alnum(n):
    return "".join(r.choice(string.ascii_letters + string.digits) for _ in range(n))


def ids():
    return str(uuid.UUID(int=r.getrandbits(128), version=4))


def word():
    return r.choice(WORDS)


def service():
    return r.choice(SERVICES)


def lines(make, n=40):
    return "".join(make(i) for i in range(n))


def name(*more):
    return "_".join([word(), word(), *more])


KINDS = {
    # lock files and checksums
    "npm-lock.json": lambda: "{\n" + lines(lambda i: f'  "node_modules/p{i}": {{"version": "1.{i}.0", "resolved": '
                                           f'"https://r.example/p{i}/-/p{i}-1.{i}.0.tgz", "integrity": "sha512-{b64(64)}"}},\n') + "}\n",
    "yarn.lock": lambda: lines(lambda i: f'"@{service()}/p{i}@^1.{i}.0":\n  version "1.{i}.0"\n  resolved '
                               f'"https://r.example/p{i}.tgz#{hexes(40)}"\n  integrity sha512-{b64(64)}\n'),
    "pnpm.yaml": lambda: lines(lambda i: f"  /{service()}-p{i}@1.{i}.0:\n    resolution: {{integrity: sha512-{b64(64)}}}\n"),
    "go.sum": lambda: lines(lambda i: f"example.com/{service()}/m{i} v1.{i}.0 h1:{b64(32)}\n"
                            f"example.com/{service()}/m{i} v1.{i}.0/go.mod h1:{b64(32)}\n"),
    "cargo.lock": lambda: lines(lambda i: f'[[package]]\nname = "{service()}-{i}"\nversion = "0.{i}.1"\nchecksum = "{hexes(64)}"\n'),
    "poetry.lock": lambda: lines(lambda i: f'    {{file = "{service()}-1.{i}.tar.gz", hash = "sha256:{hexes(64)}"}},\n'),
    "composer.lock": lambda: lines(lambda i: f'"reference": "{hexes(40)}", "url": "https://api.example/{service()}/zipball/{hexes(40)}",\n'
                                   f'"content-hash": "{hexes(32)}",\n'),
    "requirements.txt": lambda: lines(lambda i: f"{service()}=={i}.2 \\\n    --hash=sha256:{hexes(64)}\n"),
    "sums.txt": lambda: lines(lambda i: f"{hexes(64)}  {service()}-cli_{i}_linux_amd64.tar.gz\n"),
    "flake.lock": lambda: lines(lambda i: f'"narHash": "sha256-{b64(32)}",\n"rev": "{hexes(40)}",\n'),
    # what names a thing
    "ids.json": lambda: lines(lambda i: f'{{"id": "{ids()}", "{service()}_id": "{ids()}", "etag": "{hexes(32)}", "trace_id": "{hexes(32)}"}},\n'),
    "commits.md": lambda: lines(lambda i: f"- {hexes(40)} {word()} of {service()}, see {hexes(7)}\n"),
    "workflow.yml": lambda: lines(lambda i: f"      - uses: {service()}/{word()}-action@{hexes(40)} # v{i}\n"
                                  f"        with:\n          token: ${{{{ secrets.{service().upper()}_TOKEN }}}}\n"),
    "images.yaml": lambda: lines(lambda i: f"  image: registry.example/{service()}/{word()}@sha256:{hexes(64)}\n"),
    "access.log": lambda: lines(lambda i: f'10.0.0.{i} "GET /{service()}/{word()}?id={ids()}" host={service()}.com request_id={ids()} status=200\n'),
    "migrations.sql": lambda: lines(lambda i: f"INSERT INTO {name()} (id, {word()}_hash) VALUES ('{ids()}', '{hexes(64)}');\n"),
    "sri.html": lambda: lines(lambda i: f'<script src="https://cdn.example/{service()}.js" integrity="sha384-{b64(48)}" crossorigin></script>\n'),
    # data as text
    "inline.css": lambda: lines(lambda i: f".{service()}-{i} {{ background: url(data:image/png;base64,iVBORw0KGgo{b64(600)}) }}\n", 10),
    "font.css": lambda: f"@font-face {{ src: url(data:font/woff2;base64,d09GMgABAAAAA{b64(6000)}) }}\n",
    "notebook.ipynb": lambda: '{"cells": [{"outputs": [{"data": {"image/png": "iVBORw0KGgo' + b64(3000) + '"}}]}]}\n',
    "bundle.min.js": lambda: ";".join(f"function {alnum(2)}(e,t){{return e.token=t.password||n.apiKey(e),r[{i}]?o.secret:{{{word()}:{i}}}}}"
                                      for i in range(300)) + f"\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjoz{b64(900)}\n",
    "vlq.map": lambda: '{"version":3,"mappings":"' + ";".join(f"AA{alnum(4)},CAA{alnum(3)},{alnum(5)}" for _ in range(300)) + '"}\n',
    "arrays.c": lambda: "static const unsigned char table[] = {\n" + lines(lambda i: "\t" + ", ".join(f"0x{hexes(2)}" for _ in range(12)) + ",\n") + "};\n",
    # public halves
    "authorized_keys": lambda: lines(lambda i: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64(32)[:43]} person{i}@host\n"),
    "chain.pem": lambda: lines(lambda i: "-----BEGIN CERTIFICATE-----\n" + lines(lambda _: b64(48) + "\n", 14) + "-----END CERTIFICATE-----\n"
                               "-----BEGIN PUBLIC KEY-----\n" + b64(48) + "\n-----END PUBLIC KEY-----\n", 3),
    "release.asc": lambda: "-----BEGIN PGP SIGNATURE-----\n\niQIzBAABCgAdFiEE" + b64(30) + "\n" + lines(lambda _: b64(48) + "\n", 8) + "-----END PGP SIGNATURE-----\n",
    "publishable.js": lambda: lines(lambda i: f'const stripe{i} = Stripe("pk_{"live"}_{alnum(24)}");\n', 4),
    # placeholders
    "env.example": lambda: (f"{service().upper()}_API_KEY=changeme\nSECRET_KEY=your-{service()}-secret-key-here\nPASSWORD=<password>\n"
                            f"{service().upper()}_TOKEN=${{{service().upper()}_TOKEN}}\nDATABASE_URL=postgres://user:${{PASSWORD}}@localhost/db\n"
                            "AWS_ACCESS_KEY_ID=AK" "IAIOSFODNN7EXAMPLE\nKEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nAPI_KEY=REPLACE_ME_WITH_YOUR_KEY\n"
                            f"{service().upper()}_SECRET=****************************\nREDIS_URL=redis://localhost:6379/0\n"),
    "manual.md": lambda: lines(lambda i: f"    curl -H 'Authorization: Bearer <{service()}-token>' https://api.example/v{i}/{word()}\n"
                               f"    curl -u $USER:$PASSWORD https://api.example/{word()}\n    export {service().upper()}_TOKEN=...\n"
                               f"Set `{service()}_api_key` to the key of your {word()}; `{name('token')}` is optional.\n", 12),
    "fixture.md": lambda: f"The password of the {word()} is checked against the {word()} policy. token: {word()}-{word()}-{word()}\n" * 10,
    # code that handles secrets
    "client.py": lambda: lines(lambda i: f"def {name()}_{i}(password, api_key=None, *, token: str = settings.{service().upper()}_TOKEN):\n"
                               f"    client = Client(api_key=api_key or os.environ['{service().upper()}_API_KEY'])\n"
                               f"    assert password != \"your password here\"\n    secret_key = get_{word()}_secret(client, \"{name()}/{name('key')}\")\n"
                               f"    return client.access_token\n"),
    "client.ts": lambda: lines(lambda i: f"export const {word()}Key{i} = '{service()}.{word()}.{word()}AccessToken';\n"
                               f"const apiKeyHeader = \"X-{service().title()}-Api-Key\";\nthis.clientSecret = config.get<string>('{service()}ClientSecret{i}');\n"),
    "variables.tf": lambda: lines(lambda i: f'  {name("password")} = var.{name("password")}\n  {name("key")} = data.vault_generic_secret.{service()}.data["{name()}"]\n'
                                  f'  secret_id = aws_secretsmanager_secret.{name()}.id\n'),
    "values.yaml": lambda: lines(lambda i: f"{word()}:\n  existingSecret: {service()}-{word()}-credentials\n  secretKey: {word()}-{word()}-key-{i}\n"
                                 f"  passwordKey: {service()}-password\n  accessKeyRef: {{name: {word()}, key: {name()}}}\n"),
    "strings.json": lambda: "{\n" + lines(lambda i: f'  "{word()}.password.{i}": "Enter the password of your {word()} {word()}",\n'
                                          f'  "{word()}.api_key.{i}": "The {service()} API key is not valid any more",\n') + "}\n",
    "schema.graphql": lambda: lines(lambda i: f"type {word().title()}{i} {{ accessToken: String! refreshToken: {word().title()}Token clientSecret: SecretRef_{i} }}\n"),
    "constants.go": lambda: lines(lambda i: f'\t{word().title()}TokenAnnotation{i} = "{service()}.example.io/{word()}-token-{word()}-v{i}"\n'
                                  f'\tSecretKey{i} = "{word()}SecretKeyRef{i}Name"\n'),
}


def main():
    out = sys.argv[1]
    for kind, make in KINDS.items():
        stem, ending = kind.rsplit(".", 1) if "." in kind else (kind, "txt")
        where = os.path.join(out, stem)
        os.makedirs(where, exist_ok=True)
        for number in range(EACH):
            text = make()
            if ending in ("ipynb",):
                json.loads(text)
            with open(os.path.join(where, f"{number}.{ending}"), "w", encoding="utf-8") as file:
                file.write(text)


if __name__ == "__main__":
    main()
