using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Replays;

/// <summary>Somebody wants to see whether a picture comes out the same when it is made again. Holds no prompt: that is in the events of the picture's job, and is read there each time.</summary>
/// <param name="Key">The API key that asked.</param>
public sealed record ReplayRequested(string Asset, string Job, string Model, string Key, DateTimeOffset At);

/// <summary>A device has taken the replay up. Results of earlier attempts no longer count.</summary>
public sealed record ReplayStarted(int Attempt, string Device, DateTimeOffset At);

/// <summary>A device gave an attempt up; the replay waits again.</summary>
public sealed record ReplayAttemptFailed(int Attempt, Failure Failure, DateTimeOffset At);

/// <summary>The picture was made again, or it is known why it cannot be. Terminal; costs no credits.</summary>
public sealed record AssetReplayed(string Asset, ReplayVerdict Verdict, DateTimeOffset At);

/// <summary>Somebody called the replay off. Terminal.</summary>
/// <param name="By">The API key that did.</param>
public sealed record ReplayCanceled(string By, DateTimeOffset At);
