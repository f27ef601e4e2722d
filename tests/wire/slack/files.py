"""Files: uploaded in three steps, shared as a message the answer does not name, fetched with the token only."""

import itertools
from dataclasses import dataclass, field

from aiohttp import web

from tests.wire.slack import content
from tests.wire.slack.chat import Chat
from tests.wire.slack.workspace import Channel, Payload, Refused, Workspace

SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"


@dataclass(slots=True)
class File:
    """`facts` is what Slack tells of it; `shares` where it stands: (channel, ts)."""

    facts: Payload
    content: bytes | None = None
    length: int | None = None
    shares: list[tuple[str, str]] = field(default_factory=list)
    complete: bool = False


class Files:
    def __init__(self, workspace: Workspace, chat: Chat) -> None:
        self.files: dict[str, File] = {}
        self.complaints: list[str] = []
        self.downloads: list[str] = []
        """Ids of the files that were fetched, sign-in pages left out."""
        self.beside = False
        """Shares land in the channel, as they may where a thread's root is gone: nobody documents it."""
        self.origin = ""
        """Where the server listens: the private addresses lie there."""
        self.workspace = workspace
        self._chat = chat
        self._numbers = itertools.count(1)

    def do_files_getUploadURLExternal(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        if not str(given["length"]).isdigit() or int(given["length"]) < 1:
            raise Refused("invalid_arguments", detail=f"length {given['length']!r}")
        if not str(given["filename"]).strip():
            raise Refused("invalid_arguments", detail="no filename")
        made = self.made(str(given["filename"]), b"", "application/octet-stream", self.workspace.bot_user)
        made.content, made.length = None, int(given["length"])
        return {"upload_url": f"{self.origin}/upload/{made.facts['id']}", "file_id": made.facts["id"]}

    async def upload(self, request: web.Request) -> web.Response:
        """The middle step: the bytes, as many as were announced."""
        file = self.files.get(request.match_info["id"])
        if file is None or file.length is None or file.content is not None:
            return web.Response(status=404, text="no such upload")
        if request.content_type.startswith("multipart/"):
            given = [part.file.read() for part in (await request.post()).values() if isinstance(part, web.FileField)]
            sent = given[0] if given else b""
        else:
            sent = await request.read()
        if len(sent) != file.length:
            self.complaints.append(f"upload: {len(sent)} bytes, {file.length} were announced")
            return web.Response(status=400, text="length mismatch")
        file.content = sent
        file.facts |= {"size": len(sent)}
        return web.Response(text=f"OK - {len(sent)}")

    def do_files_completeUploadExternal(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        wanted = content.parsed(given["files"])
        if not isinstance(wanted, list) or not wanted or any(set(one) - {"id", "title"} for one in wanted):
            raise Refused("invalid_arguments", detail="files is no list of {id, title}")
        found = [self.files.get(one["id"]) for one in wanted]
        if any(file is None or file.content is None or file.complete for file in found):
            raise Refused("file_not_found")
        channel = self.workspace.channel(given["channel_id"]) if given.get("channel_id") else None
        if given.get("thread_ts") and (channel is None or given["thread_ts"] not in channel.messages):
            raise Refused("invalid_arguments", detail="thread_ts is no message of channel_id")
        blocks = content.parsed(given.get("blocks")) or []
        if any(block.get("type") != "rich_text" for block in blocks):
            raise Refused("invalid_blocks", detail="a message with files takes rich text only")
        if given.get("initial_comment") and blocks:
            raise Refused("complaint", detail="blocks beside an initial_comment are ignored")
        content.check({"text": given.get("initial_comment") or "…", "blocks": blocks})
        files = [file for file in found if file is not None]
        for file, one in zip(files, wanted, strict=True):
            file.complete = True
            file.facts["title"] = one.get("title") or file.facts["name"]
        if channel is not None:
            ours = {**self.workspace.ours, "text": given.get("initial_comment", "")}
            ours |= {name: given[name] for name in ("username",) if given.get(name)}
            ours |= {"blocks": blocks} if blocks else {}
            self.shared(channel, files, {**ours, "thread_ts": given.get("thread_ts")})
        return {"files": [{"id": file.facts["id"], "title": file.facts["title"]} for file in files]}

    def do_files_info(self, given: Payload) -> Payload:
        file = self.files.get(str(given["file"]))
        if file is None:
            raise Refused("file_not_found")
        if file.facts.get("mode") == "tombstone":
            raise Refused("file_deleted")
        channels = self.workspace.channels
        us = self.workspace.bot_user
        mine = file.facts["user"] == us or any(us in channels[place].members for place, _ in file.shares)
        if not mine:
            raise Refused("not_visible")
        shares: dict[str, dict[str, list[Payload]]] = {}
        for place, ts in file.shares:
            kind = "public" if channels[place].kind == "public" else "private"
            about = {"ts": ts, "channel_name": channels[place].name}
            if (root := channels[place].messages.get(ts, {}).get("thread_ts")) is not None:
                about["thread_ts"] = root
            shares.setdefault(kind, {}).setdefault(place, []).append(about)
        return {"file": {**file.facts, "shares": shares}, "comments": [], "content": ""}

    def do_files_delete(self, given: Payload) -> Payload:
        file = self.files.get(str(given["file"]))
        if file is None:
            raise Refused("file_not_found")
        if file.facts["user"] != self.workspace.bot_user:
            raise Refused("cant_delete_file")
        if file.facts["mode"] == "tombstone":
            raise Refused("file_deleted")
        file.facts |= {"mode": "tombstone"}
        file.content = None
        for place, ts in file.shares:
            message = self.workspace.channels[place].messages.get(ts)
            for one in message["files"] if message is not None else ():
                if one["id"] == file.facts["id"]:
                    one["mode"] = "tombstone"
        return {}

    def made(self, name: str, body: bytes, mimetype: str, user: str) -> File:
        number = f"F{next(self._numbers):08d}"
        address = f"{self.origin}/files-pri/{self.workspace.team}-{number}"
        facts: Payload = {
            "id": number,
            "created": int(self.workspace.now().timestamp()),
            "name": name,
            "title": name,
            "mimetype": mimetype,
            "filetype": name.rpartition(".")[2],
            "size": len(body),
            "mode": "hosted",
            "user": user,
            "is_external": False,
            "is_public": True,
            "url_private": f"{address}/{number.lower()}",
            "url_private_download": f"{address}/download/{number.lower()}",
            "permalink": f"https://{self.workspace.domain}.slack.com/files/{user}/{number}/{number.lower()}",
        }
        self.files[number] = File(facts, body)
        return self.files[number]

    def shared(self, channel: Channel, files: list[File], message: Payload) -> Payload:
        """The message a share becomes; everybody is told."""
        said = {name: value for name, value in message.items() if value is not None}
        if self.beside:
            said.pop("thread_ts", None)
        facts = [dict(file.facts) for file in files]
        stored = self.workspace.add(channel, {"subtype": "file_share", "upload": True, "files": facts, **said})
        for file in files:
            file.shares.append((channel.id, stored["ts"]))
        self._chat.said(channel, stored)
        return stored

    def fetched(self, name: str, *, allowed: bool) -> web.Response:
        """Without the right token Slack answers 200 and a page to sign in."""
        file = self.files.get(name.rpartition("-")[2])
        if not allowed:
            return web.Response(text=SIGN_IN, content_type="text/html")
        if file is None or file.content is None or file.facts["mode"] != "hosted":
            return web.Response(status=404, text="not found")
        self.downloads.append(file.facts["id"])
        return web.Response(body=file.content, content_type=file.facts["mimetype"].partition(";")[0])
