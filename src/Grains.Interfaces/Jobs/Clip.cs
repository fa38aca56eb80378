using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

/// <summary>What moves in a clip (docs/models/motion.md).</summary>
[Alias("vitrine.Motion")]
public enum Motion { Hold = 0, ZoomIn = 1, ZoomOut = 2, PanLeft = 3, PanRight = 4, PanUp = 5, PanDown = 6, Loop = 7 }

/// <summary>A wish for clips instead of pictures.</summary>
/// <param name="Seconds">2 to 10.</param>
/// <param name="EndPrompt">What it ends with, in a loop what it shows half-way; null for one prompt throughout.</param>
/// <param name="EndSeed">The seed that it ends with, in a loop the one half-way: 0 to <see cref="SubmitJob.LargestSeed"/>, and as many more as there are clips; null for one seed throughout.</param>
[GenerateSerializer, Immutable, Alias("vitrine.AskedClip")]
public sealed record AskedClip([property: Id(0)] int Seconds, [property: Id(1)] Motion Motion, [property: Id(2)] string? EndPrompt = null, [property: Id(3)] long? EndSeed = null);

/// <summary>What makes a job's outputs clips: with its other parameters this decides every frame, and the price.</summary>
/// <param name="HasEndPrompt">Whether there is an end prompt. Its text is personal and is kept with the prompt.</param>
/// <param name="EndSeed">Clip i ends with this seed + i; null for none.</param>
[GenerateSerializer, Immutable, Alias("vitrine.Clip")]
public sealed record Clip(
    [property: Id(0)] int Seconds, [property: Id(1)] Motion Motion, [property: Id(2)] bool HasEndPrompt,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? EndSeed = null);
