using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Users;

/// <param name="Name">Null in a sealed event.</param>
/// <param name="Personal">The name; null in events from before names were sealed.</param>
public sealed record UserRegistered(string? Name, DateTimeOffset At, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null);

/// <summary>Somebody asked to forget this person. Nothing of them is accepted any more; what is there is being erased.</summary>
/// <param name="By">The API key that did.</param>
public sealed record UserErasureBegun(string By, DateTimeOffset At);

/// <summary>This person is forgotten: the key of their texts is destroyed and their pictures are deleted. What they used stays counted.</summary>
/// <param name="PlainRecords">Records of the time before texts were sealed, whose texts were overwritten.</param>
/// <param name="Inputs">Pictures that they brought and that were deleted; 0 in events from before there were any.</param>
public sealed record UserErased(string By, int Jobs, int JobsCanceled, int Assets, int PlainRecords, DateTimeOffset At, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Inputs = 0);
