namespace Vitrine.Grains.Subjects;

/// <summary>Somebody asked to forget an end user, or what was said through an API key in nobody's name. Nothing of that subject is accepted any more; what is there is being erased.</summary>
/// <param name="By">The API key that did.</param>
public sealed record SubjectErasureBegun(string By, DateTimeOffset At);

/// <summary>This subject is forgotten: the key of its texts is destroyed and its pictures are deleted. What it used stays counted.</summary>
/// <param name="Inputs">Pictures that were brought and that were deleted.</param>
public sealed record SubjectErased(string By, int Jobs, int JobsCanceled, int Assets, int Inputs, DateTimeOffset At);
