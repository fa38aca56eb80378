namespace Vitrine.Policies;

/// <summary>What is known about an output when its labels are decided.</summary>
/// <param name="Markets">
/// Where it will be shown: ISO 3166-1 alpha-2 (<c>DE</c>), 3166-2 where states legislate (<c>US-CA</c>), or a union that the policy defines (<c>EU</c>). None or an unknown one
/// means every market.
/// </param>
/// <param name="Channel">Where it will be published, such as <c>meta</c>; null when it is only handed over. An unknown one means every channel.</param>
/// <param name="On">The day whose law applies, in UTC.</param>
/// <param name="MayPassAsReal">
/// False only where somebody answers for it that nobody could take the output for a record of existing persons, objects, places or events.
/// </param>
public sealed record LabellingQuestion(
    IReadOnlyList<string> Markets,
    string? Channel,
    MediaKind Media,
    ContentOrigin Origin,
    DateOnly On,
    bool MayPassAsReal = true);

public enum MediaKind
{
    Image,
    Video,
    Audio,
    Text,
}

public enum ContentOrigin
{
    /// <summary>Made by a model from a text.</summary>
    Generated,

    /// <summary>Somebody's content that a model altered substantially.</summary>
    Manipulated,

    /// <summary>Somebody's content after standard editing that did not alter it substantially.</summary>
    Edited,
}
