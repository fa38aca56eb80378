using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vitrine.Gateway.OpenAi;

/// <summary>Reads the fields of one body and keeps the first thing that is wrong, as OpenAI's error body has room for one. Null counts as absent.</summary>
internal sealed class OpenAiFields(JsonElement body)
{
    private const int MaxSide = 1024;

    public ErrorAnswer? Error { get; private set; }

    public void Refuse(string field, string sentence) => Error ??= OpenAiErrors.InvalidValue(field, sentence);

    public void Unsupported(string field, string sentence)
    {
        if (Find(field) is not null) Refuse(field, sentence);
    }

    /// <summary>Text in which there is something to see.</summary>
    public string? Prompt(string field, int maxUnits)
    {
        var text = Text(field, maxUnits);
        if (Error is null && (text is null || !HasSomethingVisible(text)))
            Error = OpenAiErrors.MissingField(field, $"'{field}' is required: say in words what the picture shows.");
        return text;
    }

    /// <summary>A name that no model can have is told as an unknown model, so that the answer is the same for every model that the caller cannot use.</summary>
    public string? Model(string field, int maxUnits)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(field, $"'{field}' is the name of a model, as GET /v1/models lists them.");
            return null;
        }

        var name = value.GetString()!;
        if (name.Length == 0 || name.Length > maxUnits || name.Any(char.IsControl)) Error ??= OpenAiErrors.ModelNotFound;
        return name;
    }

    public string? Text(string field, int maxUnits)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(field, $"'{field}' is a string.");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length > maxUnits) Refuse(field, Invariant($"'{field}' may have at most {maxUnits} characters (UTF-16 units); this one has {text.Length}."));
        else if (text.Contains('\0')) Refuse(field, $"'{field}' must not contain U+0000.");
        return text;
    }

    public string? Slug(string field)
    {
        var text = Text(field, Grains.Interfaces.Slug.MaxLength);
        if (text is not null && !Grains.Interfaces.Slug.IsValid(text)) Refuse(field, $"'{field}' is {Grains.Interfaces.Slug.Rule}.");
        return text;
    }

    /// <summary>One of a few words; null when absent.</summary>
    public string? Word(string field, params ReadOnlySpan<string> words)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String)
            foreach (var word in words)
                if (value.ValueEquals(word)) return word;
        Refuse(field, $"'{field}' is one of {string.Join(", ", words)}.");
        return null;
    }

    public bool? Flag(string field)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Refuse(field, $"'{field}' is true or false.");
        return null;
    }

    public int? Whole(string field, int least, int most) => (int?)Whole(field, (long)least, most);

    public long? Whole(string field, long least, long most)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most) return number;
        Refuse(field, Invariant($"'{field}' is a whole number from {least} to {most}."));
        return null;
    }

    public float? Real(string field, float least, float most)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && number >= least && number <= most) return number;
        Refuse(field, Invariant($"'{field}' is a number from {least} to {most}."));
        return null;
    }

    /// <summary><c>auto</c> (null, like absence) or <c>WxH</c>. Only ASCII digits without leading zeros, so one size has one spelling.</summary>
    public (int Width, int Height)? Size(string field)
    {
        if (Find(field) is not { } value || value.ValueKind == JsonValueKind.String && value.ValueEquals("auto")) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString()!.Split('x') is [var left, var right] && Side(left) is { } width && Side(right) is { } height)
            return (width, height);
        Refuse(field, Invariant($"'{field}' is auto or WIDTHxHEIGHT in pixels, both multiples of 8 from 8 to {MaxSide}, such as 512x768."));
        return null;
    }

    private static int? Side(string text)
    {
        if (text.Length is 0 or > 4 || text[0] == '0' || text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0) return null;
        var side = int.Parse(text, CultureInfo.InvariantCulture);
        return side % 8 == 0 && side <= MaxSide ? side : null;
    }

    /// <summary>Spaces, controls, zero-width characters and marks without a letter below show nothing.</summary>
    private static bool HasSomethingVisible(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.OtherNotAssigned)
                && rune.Value is not (0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0)) // letters and symbols by category, yet blank: the Hangul fillers and the empty Braille cell
                return true;
        return false;
    }

    private JsonElement? Find(string field) =>
        body.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
