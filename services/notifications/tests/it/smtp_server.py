"""A real mail server for the tests: aiosmtpd, keeping each mail in a file.

    smtp_server.py FOLDER PORT [--login USER PASSWORD] [--tls implicit|starttls --certificate FILE]

PORT 0 takes a free one; the port is printed once it listens. `gone@` at any domain is refused for good, `busy@` for the
moment. With a login nobody sends without it, with TLS nobody without that; FILE has the key and the certificate. It ends
with its standard input, and so with the test.
"""

import argparse
import asyncio
import os
import ssl
import sys
import uuid

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keeping:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 there is no such mailbox"
        if address.startswith("busy@"):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        unfinished = os.path.join(self.folder, f".{uuid.uuid4()}")
        with open(unfinished, "wb") as file:
            file.write(b"X-Recipients: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n")
            file.write(envelope.content)
        os.rename(unfinished, os.path.join(self.folder, f"{uuid.uuid4()}.eml"))
        return "250 kept"


async def main(arguments):
    def authenticate(server, session, envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == arguments.login
        return AuthResult(success=known)

    options, listening = {}, {}
    if arguments.login:
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": bool(arguments.tls)}
    if arguments.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.certificate)
        if arguments.tls == "implicit":
            listening = {"ssl": tls}
            options |= {"auth_require_tls": False}
        else:
            options |= {"tls_context": tls, "require_starttls": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Keeping(arguments.folder), **options), "127.0.0.1", arguments.port, **listening
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("port", type=int)
parser.add_argument("--login", nargs=2)
parser.add_argument("--tls", choices=["implicit", "starttls"])
parser.add_argument("--certificate")
asyncio.run(main(parser.parse_args()))
