namespace Vitrine.Provenance;

/// <summary>One thing that was done to the content after it was created or opened (an action of <c>c2pa.actions.v2</c>; C2PA 2.2, 18.15).</summary>
/// <param name="Action">Name of the action, such as <c>c2pa.transcoded</c>; a name of one's own must contain a dot.</param>
/// <param name="SourceType">How what it added came to be; asked for by every action whose effect can be seen.</param>
/// <param name="ByModel">Whether the model of the description did it; then the action names the model.</param>
/// <param name="Description">A sentence for viewers, 1 to 512 characters, or null.</param>
public sealed record ContentChange(string Action, DigitalSourceType? SourceType = null, bool ByModel = false, string? Description = null)
{
    internal const string WatermarkedAction = "c2pa.watermarked.bound", LabelAction = "c2pa.addedText";

    private const int MostAction = 128, MostDescription = 512;

    /// <summary>A model changed the content: an edit, a variation, an upscaling, a clip from a picture.</summary>
    public static ContentChange EditedByModel { get; } = new("c2pa.edited", DigitalSourceType.CompositeWithTrainedAlgorithmicMedia, ByModel: true);

    /// <summary>The same content in another encoding.</summary>
    public static ContentChange Transcoded { get; } = new("c2pa.transcoded");

    /// <summary>The same content smaller or larger, in the same proportions, without a model.</summary>
    public static ContentChange ResizedProportionally { get; } = new("c2pa.resized.proportional");

    /// <summary>A part of the content was cut out.</summary>
    public static ContentChange Cropped { get; } = new("c2pa.cropped", DigitalSourceType.AlgorithmicMedia);

    /// <summary>A label that people see was drawn on the content.</summary>
    public static ContentChange LabelDrawn { get; } = new(LabelAction, DigitalSourceType.AlgorithmicMedia, Description: "A visible label was added.");

    /// <summary>The same, with what it says and where it stands.</summary>
    public static ContentChange LabelSaying(string text, string position) => LabelDrawn with { Description = $"A visible label was added: {text} ({position})." };

    /// <summary>The mark of the description's soft binding was embedded. List it to say when; otherwise it is stated last.</summary>
    public static ContentChange Watermarked { get; } = new(WatermarkedAction);

    internal void ThrowIfUnusable()
    {
        if (Action.Length is < 3 or > MostAction || !Action.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"An action must be a dotted name of 3 to {MostAction} characters, but this is '{Action}'.", nameof(Action));
        if (Action is "c2pa.created" or "c2pa.opened" or "c2pa.placed" or "c2pa.removed")
            throw new ArgumentException($"The action {Action} follows from the ingredients and is not listed.", nameof(Action));
        if (Description is { Length: < 1 or > MostDescription })
            throw new ArgumentException($"The description of an action must have 1 to {MostDescription} characters, but this has {Description.Length}.", nameof(Description));
    }
}
