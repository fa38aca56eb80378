namespace Vitrine.Grains.Users;

public sealed record UserRegistered(string Name, DateTimeOffset At);
