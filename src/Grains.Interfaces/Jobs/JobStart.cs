using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

/// <summary>A wish to begin at a picture instead of noise alone.</summary>
/// <param name="Picture">Id of an input or of an asset.</param>
/// <param name="Mask">Id of an input or of an asset as large as the picture, which says what to paint anew; null for everything.</param>
/// <param name="Strength">How far the model may go from the picture: above 0, to 1; 0 for a rendition, in which no model has a hand.</param>
[GenerateSerializer, Immutable, Alias("vitrine.AskedStart")]
public sealed record AskedStart([property: Id(0)] string Picture, [property: Id(1)] string? Mask, [property: Id(2)] float Strength);

/// <summary>The picture that a job begins at, by its digest: what decides a pixel.</summary>
/// <param name="Picture">Id of the input or asset.</param>
/// <param name="Sha256">Of the file that is read, 64 lower-case hex digits.</param>
/// <param name="TakenInAt">When its credentials were checked; what was found then is what manifests repeat.</param>
/// <param name="Strength">Share of the schedule that is walked, above 0 to 1; 0 for a rendition.</param>
[GenerateSerializer, Immutable, Alias("vitrine.JobStart")]
public sealed record JobStart(
    [property: Id(0)] string Picture, [property: Id(1)] string Sha256, [property: Id(2)] DateTimeOffset TakenInAt, [property: Id(3)] float Strength,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Mask = null,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? MaskSha256 = null)
{
    /// <summary>The picture itself in another size or format: no model has a hand in it.</summary>
    [JsonIgnore] public bool IsRendition => Strength == 0;
}

/// <summary>Where pictures will be shown; it decides which labelling rules count.</summary>
/// <param name="Markets">ISO 3166 codes or unions of the labelling policy; empty for everywhere.</param>
/// <param name="Channel">Where they are published; null when they are only handed over.</param>
/// <param name="MayPassAsReal">False only where the caller answers for it that nobody could take a picture for a record of existing persons, objects, places or events.</param>
[GenerateSerializer, Immutable, Alias("vitrine.Audience")]
public sealed record Audience([property: Id(0)] IReadOnlyList<string> Markets, [property: Id(1)] string? Channel, [property: Id(2)] bool MayPassAsReal = true);
