"""Files ↔ rows, and what happens to them when a message is stored that names them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.files import FileState, KeptFile
from bridge.domain.refs import BotName, MessageId, TicketId
from bridge.domain.words import Attachment, Message
from bridge.store.bulk import Values, insert
from bridge.store.keeping_models import FileRow
from bridge.store.models import MessageRow
from bridge.store.rows import attachments_body, to_message


def to_file(row: FileRow) -> KeptFile:
    return KeptFile(
        id=row.id,
        uploader=row.uploader,
        state=FileState(row.state),
        name=row.name,
        created_at=row.created_at,
        bot=row.bot,
        ticket=TicketId(row.ticket) if row.ticket else None,
        message=MessageId(row.message) if row.message else None,
        content_type=row.content_type,
        size=row.size,
        digest=row.digest,
        url=row.url,
        attempts=row.attempts,
        reason=row.reason,
    )


def file_values(file: KeptFile, *, key: str | None = None, due: datetime | None = None) -> Values:
    return {
        "id": file.id,
        "bot": file.bot,
        "ticket": file.ticket,
        "message": file.message,
        "uploader": file.uploader,
        "key": key,
        "state": file.state.value,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "digest": file.digest,
        "url": file.url,
        "attempts": file.attempts,
        "due": due,
        "reason": file.reason,
        "created_at": file.created_at,
    }


async def attach(
    connection: BaseDBAsyncClient, messages: Iterable[tuple[Message, BotName]], now: datetime
) -> None:  # fmt: skip
    """With new messages: what they name is theirs from now on, and what lies elsewhere is wanted."""
    wanted: list[Values] = []
    for message, bot in messages:
        named = [each for each in message.attachments if each.file_id is not None]
        ours = [each.file_id for each in named if each.url is None]
        if ours:
            which = FileRow.filter(id__in=ours).using_db(connection)
            await which.update(ticket=message.ticket, message=message.id, bot=bot)
        wanted += [
            file_values(_wanted(each, message, bot, now), due=now) for each in named if each.url is not None
        ]  # fmt: skip
    await insert(connection, FileRow, wanted)


def _wanted(attachment: Attachment, message: Message, bot: BotName, now: datetime) -> KeptFile:
    return KeptFile(
        id=attachment.file_id or "", uploader=message.author_key, state=FileState.WANTED, name=attachment.name,
        created_at=now, bot=bot, ticket=message.ticket, message=message.id, url=attachment.url,
    )  # fmt: skip


async def show(connection: BaseDBAsyncClient, file: KeptFile) -> None:
    """Bring the message that names a file up to date with what became of it."""
    which = MessageRow.filter(id=file.message).using_db(connection).select_for_update()
    row = await which.first()
    if row is None:
        return
    now = tuple(
        replace(each, name=file.name, content_type=file.content_type, size=file.size, trouble=file.reason)
        if each.file_id == file.id
        else each
        for each in to_message(row).attachments
    )
    await MessageRow.filter(id=row.id).using_db(connection).update(body=attachments_body(now))
