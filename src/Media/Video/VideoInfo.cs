namespace Vitrine.Media;

/// <summary>
/// What an MP4 says of its one H.264 track. <paramref name="StartsAtOnce"/>: the description (moov) comes before the pictures (mdat), so a player can begin
/// before it has the whole file. <paramref name="FrameRate"/> is the mean over all frames.
/// </summary>
public sealed record VideoInfo(int Width, int Height, int Frames, double FrameRate, TimeSpan Duration, bool StartsAtOnce) : ProbeResult;
