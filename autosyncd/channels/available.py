"""Which channels there are; each is imported only where it is configured."""

from dataclasses import fields

from autosyncd.channels.base import Channel, Link
from autosyncd.config.model import ChannelSettings, ReflectorSettings, SshSettings, XmppSettings

Settings = XmppSettings | ReflectorSettings | SshSettings


def configured(settings: ChannelSettings) -> dict[str, Settings]:
    """The settings of the channels that are configured, by their names."""
    named = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    return {name: value for name, value in named if value is not None}


def build(settings: Settings, link: Link) -> Channel:
    """A channel with these settings."""
    match settings:
        case XmppSettings():
            from autosyncd.channels.xmpp.channel import XmppChannel

            return XmppChannel(settings, link)
        case ReflectorSettings():
            from autosyncd.channels.reflector.channel import ReflectorChannel

            return ReflectorChannel(settings, link)
        case SshSettings():
            from autosyncd.channels.ssh.channel import SshChannel

            return SshChannel(settings, link)
