#!/usr/bin/env python3
"""A token server for one client, and what Dovecot asks about its tokens.

token_server.py PORT CERTIFICATE KEY DIR

https://localhost:PORT/token           client credentials; the answer names no more than RFC 6749
https://localhost:PORT/broken          answers without a token
http://127.0.0.1:PORT+1/introspect?token=T  RFC 7662's answer about T

Reads DIR/client (id, secret, scope, lifetime in seconds: one a line) at each request. A token in
DIR/revoked is not active. Each token given is added to DIR/given.
"""
import http.server
import json
import pathlib
import ssl
import sys
import threading
import urllib.parse

folder = pathlib.Path(sys.argv[4])
given = folder / "given"
revoked = folder / "revoked"


def lines(path):
    return path.read_text().split() if path.exists() else []


class Tokens(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        client, secret, scope, lifetime = lines(folder / "client")
        if self.path == "/broken":
            self.answer(200, {"token_type": "Bearer"})
        elif form.get("grant_type") != "client_credentials" or form.get("scope") != scope:
            self.answer(400, {"error": "invalid_scope", "error_description": "no such scope"})
        elif form.get("client_id") != client or form.get("client_secret") != secret:
            self.answer(401, {"error": "invalid_client",
                              "error_description": "AADSTS7000222: the client secret has expired"})
        else:
            token = "token-%d-%s" % (len(lines(given)) + 1, "x" * 1500)
            with given.open("a") as out:
                out.write(token + "\n")
            self.answer(200, {"access_token": token, "token_type": "Bearer",
                              "expires_in": int(lifetime)})

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        token = query.get("token", "")
        active = token in lines(given) and token not in lines(revoked)
        self.answer(200, {"active": active, "username": "mailer@kommun.example"} if active
                    else {"active": False})

    def log_message(self, *_):
        pass


port = int(sys.argv[1])
secure = http.server.ThreadingHTTPServer(("127.0.0.1", port), Tokens)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
secure.socket = context.wrap_socket(secure.socket, server_side=True)
plain = http.server.ThreadingHTTPServer(("127.0.0.1", port + 1), Tokens)
threading.Thread(target=plain.serve_forever, daemon=True).start()
secure.serve_forever()
