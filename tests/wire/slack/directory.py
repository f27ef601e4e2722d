"""Who and what there is: ourselves, channels, people, user groups."""

from tests.wire.slack.rules import TRUE
from tests.wire.slack.workspace import Payload, Refused, Workspace


class Directory:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.install: Payload = {"is_enterprise_install": False}
        """What auth.test says beside names, such as of an installation for a whole organisation."""

    def do_auth_test(self, _: Payload) -> Payload:
        return {
            "url": f"https://{self.workspace.domain}.slack.com/",
            "team": self.workspace.domain.title(),
            "user": "handrail",
            "team_id": self.workspace.team,
            "user_id": self.workspace.bot_user,
            "bot_id": self.workspace.bot_id,
            **self.install,
        }

    def do_bots_info(self, given: Payload) -> Payload:
        if given["bot"] != self.workspace.bot_id:
            raise Refused("bot_not_found")
        return {
            "bot": {
                "id": self.workspace.bot_id,
                "app_id": self.workspace.app,
                "user_id": self.workspace.bot_user,
                "name": "Handrail",
                "deleted": False,
            }
        }

    def do_conversations_open(self, given: Payload) -> Payload:
        channel = self.workspace.direct_channel(given["users"])
        return {"channel": {"id": channel.id}}

    def do_conversations_info(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], joined=False)
        member = self.workspace.bot_user in channel.members
        if channel.kind == "private" and not member:
            raise Refused("channel_not_found")
        if channel.kind == "im":
            return {
                "channel": {
                    "id": channel.id,
                    "is_im": True,
                    "user": next(iter(channel.members - {self.workspace.bot_user})),
                }
            }
        about = {"id": channel.id, "name": channel.name, "is_archived": channel.archived, "is_member": member}
        about |= {"is_channel": channel.kind == "public", "is_private": channel.kind == "private", "is_im": False}
        about |= {"is_shared": channel.shared, "is_ext_shared": channel.shared}
        count = {"num_members": len(channel.members)} if given.get("include_num_members") in TRUE else {}
        return {"channel": {**about, **count}}

    def do_conversations_join(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], joined=False)
        if channel.kind != "public":
            raise Refused("channel_not_found" if channel.kind == "private" else "method_not_supported_for_channel_type")
        if channel.archived:
            raise Refused("is_archived")
        channel.members.add(self.workspace.bot_user)
        return {"channel": {"id": channel.id, "name": channel.name, "is_member": True}}

    def do_conversations_members(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], joined=False)
        if channel.kind == "private" and self.workspace.bot_user not in channel.members:
            raise Refused("channel_not_found")
        return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}

    def do_users_info(self, given: Payload) -> Payload:
        if given["user"] not in self.workspace.users:
            raise Refused("user_not_found")
        return {"user": self.workspace.users[given["user"]]}

    def do_users_lookupByEmail(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        for user in self.workspace.users.values():
            if user["profile"].get("email") == given["email"]:
                return {"user": user}
        raise Refused("users_not_found")

    def do_usergroups_list(self, given: Payload) -> Payload:
        counted, named = given.get("include_count") in TRUE, given.get("include_users") in TRUE
        return {
            "usergroups": [
                {k: v for k, v in group.items() if k != "users" or named}
                | ({"user_count": len(group["users"])} if counted else {})
                for group in self.workspace.groups.values()
                if not group.get("date_delete") or given.get("include_disabled") in TRUE
            ]
        }

    def do_usergroups_users_list(self, given: Payload) -> Payload:
        group = self.workspace.groups.get(given["usergroup"])
        if group is None:
            raise Refused("no_such_subteam")
        return {"users": group["users"]}
