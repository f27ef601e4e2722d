"""What Slack says of our tokens, for `handrail doctor`."""

from collections.abc import Sequence

from adapters.chat.slack.platform.directory import Directory
from bridge.domain.errors import DeliveryError, PlatformDown
from bridge.ports.findings import Finding, Mark


async def examine(name: str, directory: Directory) -> Sequence[Finding]:
    try:
        await directory.find_home()
    except PlatformDown as error:
        fix = "Install the app again and put its new bot token in place."
        return (Finding(mark=Mark.BAD, what=f"{name}: Slack refuses the bot token ({error.reason})", fix=fix),)
    except DeliveryError as error:
        return (Finding(mark=Mark.DOUBT, what=f"{name}: Slack cannot be asked just now ({error.reason})"),)
    return (Finding(mark=Mark.GOOD, what=f"{name}: Slack takes the bot token"),)
