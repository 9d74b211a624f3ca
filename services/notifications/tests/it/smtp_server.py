"""A real mail server for the tests: aiosmtpd, keeping each mail in a file.

    smtp_server.py FOLDER PORT [USER PASSWORD]

PORT 0 takes a free one; the port is printed once it listens. `gone@` at any domain is refused for good, `busy@` for the
moment. With USER and PASSWORD nobody sends without them. It ends with its standard input, and so with the test.
"""

import asyncio
import os
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


async def main(folder, port, *login):
    def authenticate(server, session, envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and (data.login, data.password) == tuple(
            part.encode() for part in login
        )
        return AuthResult(success=known)

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if login else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Keeping(folder), **options), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
