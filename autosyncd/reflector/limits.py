"""How much of everything the reflector gives to its clients."""


class Limits:
    """The caps; sizes in bytes, times in seconds."""

    __slots__ = (
        "allowance",
        "burst",
        "channel_name",
        "client_channels",
        "client_queue",
        "clients",
        "gap",
        "handshake",
        "line",
        "per_channel",
        "stall",
        "subscriptions",
        "total_queue",
    )

    def __init__(self, clients: int = 1024) -> None:
        self.clients = clients
        self.subscriptions = max(20_000, 4 * clients)
        """Of all clients together; then who has the most has to go."""
        self.client_channels = 1000
        self.channel_name = 200
        self.line = 4096
        """The longest request: SparkleShare's clients read no more at once."""
        self.client_queue = 64 * 1024
        self.total_queue = 4 * 1024 * 1024
        """What waits to be sent; then who lets the most wait has to go."""
        self.per_channel = 8
        """Messages of one channel that wait for one client; then the oldest goes."""
        self.burst = 1000.0
        self.allowance = 50.0
        """Deliveries that a client may cause at once, and per second from then on."""
        self.gap = 1.25
        """Between two lines to a SparkleShare client: it looks once a second, and takes only the
        first line of what has come by then."""
        self.stall = 60.0
        self.handshake = 10.0
