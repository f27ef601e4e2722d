"""Which files a message may name: judged on the rows the writer has locked."""

from collections.abc import Iterable
from dataclasses import replace

from bridge.domain.errors import NotAllowed
from bridge.domain.files import FILE_BYTES, FileState, KeptFile, in_size
from bridge.domain.refs import new_id
from bridge.domain.ticket import Ticket
from bridge.domain.words import Attachment
from bridge.store.asks import Situation


def with_ids(sent: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Those that are still to be fetched get the id they will be kept under."""
    return tuple(replace(each, file_id=new_id("fil")) if each.url is not None else each for each in sent)


def to_be_fetched(sent: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """The same for what members attach on a platform, unless it is known already that it will not be taken."""
    return tuple(_to_be_fetched(each) for each in sent)


def _to_be_fetched(sent: Attachment) -> Attachment:
    if sent.url is None:
        return sent
    if sent.size is not None and sent.size > FILE_BYTES:
        return replace(sent, url=None, trouble=f"{in_size(sent.size)}, the limit is {in_size(FILE_BYTES)}")
    # Its size is known once it is here.
    return replace(sent, file_id=new_id("fil"), size=None)


def named(sent: Iterable[Attachment]) -> tuple[str, ...]:
    """The files that must be here already."""
    return tuple(each.file_id for each in sent if each.file_id is not None and each.url is None)


def judged(seen: Situation, ticket: Ticket, uploader: str, sent: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """As they are kept. One brings only what one sent in oneself; what is no file of ours stays a name.

    Raises: NotAllowed.
    """
    return tuple(_of_ours(seen, ticket, uploader, each) for each in sent)


def _of_ours(seen: Situation, ticket: Ticket, uploader: str, sent: Attachment) -> Attachment:
    if sent.file_id is None or sent.url is not None:
        return sent
    file: KeptFile | None = seen.files.get(sent.file_id)
    if file is None or file.uploader != uploader or file.state is not FileState.KEPT:
        raise NotAllowed("no_such_file")
    if file.ticket not in {None, ticket.id}:
        raise NotAllowed("file_elsewhere")
    return Attachment(name=file.name, file_id=file.id, content_type=file.content_type, size=file.size)
