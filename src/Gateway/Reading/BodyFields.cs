using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// Takes the fields of a JSON object one by one and remembers everything that is wrong with them, so that a caller learns all of it at once.
/// A field that is absent or null is read as null.
/// </summary>
public sealed class BodyFields
{
    /// <summary>More is not told: a body full of unknown names must not be answered with a longer one.</summary>
    public const int MaxErrors = 32;

    private readonly JsonElement body;
    private readonly string within;
    private readonly List<FieldError> errors;
    private readonly List<BodyFields> objects = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public BodyFields(JsonElement body) : this(body, "", [])
    {
    }

    private BodyFields(JsonElement body, string within, List<FieldError> errors) => (this.body, this.within, this.errors) = (body, within, errors);

    /// <summary>What was wrong with the fields taken so far, and each field that nobody asked for; null when all is well.</summary>
    public ErrorAnswer? Error()
    {
        AddUnknown();
        return errors.Count == 0 ? null : ErrorAnswer.Invalid(errors);
    }

    /// <summary>The fields of an object that is a field of this one; what is wrong with them is told with the rest.</summary>
    public BodyFields? Nested(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object)
        {
            objects.Add(new BodyFields(value, within + Pointer(name), errors));
            return objects[^1];
        }
        Invalid(name, $"{name} is an object.");
        return null;
    }

    private void AddUnknown()
    {
        foreach (var property in body.EnumerateObject())
            if (!known.Contains(property.Name)) Add(Pointer(property.Name), "unknown_field", $"There is no field {Echo.Of(property.Name)} here.");
        foreach (var inner in objects) inner.AddUnknown();
    }

    /// <summary>As <see cref="Error"/>, for dialects that leave alone what nobody asked for.</summary>
    public ErrorAnswer? ErrorOfKnownFields() => errors.Count == 0 ? null : ErrorAnswer.Invalid(errors);

    public void Add(string at, string code, string detail)
    {
        if (errors.Count < MaxErrors) errors.Add(new(within + at, code, detail));
    }

    public void Invalid(string name, string detail) => Add("/" + name, "invalid_value", detail);

    /// <summary>Text of 1 to <paramref name="maxLength"/> UTF-16 units.</summary>
    public string? Text(string name, int maxLength)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= maxLength) return text;
        Invalid(name, $"{name} is text of 1 to {maxLength} characters.");
        return null;
    }

    public string? RequiredText(string name, int maxLength)
    {
        if (Take(name) is not null) return Text(name, maxLength);
        Missing(name);
        return null;
    }

    /// <summary>A name that people give to things (<see cref="Slug"/>).</summary>
    public string? Name(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && Slug.IsValid(text)) return text;
        Invalid(name, $"{name} is {Slug.Rule}.");
        return null;
    }

    public string? RequiredName(string name)
    {
        if (Take(name) is not null) return Name(name);
        Missing(name);
        return null;
    }

    public bool? Flag(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Invalid(name, $"{name} is true or false.");
        return null;
    }

    public long? WholeNumber(string name, long min, long max)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max) return number;
        Invalid(name, $"{name} is a whole number from {min} to {max}.");
        return null;
    }

    public float? Number(string name, float min, float max)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && number >= min && number <= max) return number;
        Invalid(name, $"{name} is a number from {min} to {max}.");
        return null;
    }

    /// <summary>An amount of credits: not negative, at most six decimals, written without an exponent.</summary>
    public Credits? Credits(string name)
    {
        if (Take(name) is not { } value) return null;
        // A decimal would round further digits away silently, so the text is looked at.
        if (value.ValueKind == JsonValueKind.Number && value.GetRawText() is { Length: <= 24 } raw && !raw.AsSpan().ContainsAny('e', 'E') &&
            value.TryGetDecimal(out var amount) && Grains.Interfaces.Credits.FromAmount(amount) is { } credits) return credits;
        Invalid(name, $"{name} is an amount of credits from 0 to 9000000000000 with at most six decimals.");
        return null;
    }

    public T? Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices) where T : struct
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String)
            foreach (var choice in choices)
                if (value.ValueEquals(choice.Word)) return choice.Value;
        var words = new List<string>();
        foreach (var choice in choices) words.Add(choice.Word);
        Invalid(name, $"{name} is one of {string.Join(", ", words)}.");
        return null;
    }

    public DateTimeOffset? Moment(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment)) return moment.ToUniversalTime();
        Invalid(name, $"{name} is a moment as in RFC 3339, for example 2026-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>An array of 1 to <paramref name="maxCount"/> texts of at most <paramref name="maxLength"/> characters.</summary>
    public IReadOnlyList<string>? Texts(string name, int maxCount, int maxLength)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is var count && count > 0 && count <= maxCount)
        {
            var texts = new List<string>(count);
            foreach (var item in value.EnumerateArray())
                if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text && text.Length <= maxLength) texts.Add(text);
            if (texts.Count == count) return texts;
        }
        Invalid(name, $"{name} is an array of 1 to {maxCount} texts of at most {maxLength} characters.");
        return null;
    }

    /// <summary>An object of at most <paramref name="maxCount"/> texts.</summary>
    public IReadOnlyDictionary<string, string>? TextMap(string name, int maxCount, int maxKey, int maxValue)
    {
        if (Take(name) is not { } value) return null;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var sound = value.ValueKind == JsonValueKind.Object;
        if (sound)
            foreach (var pair in value.EnumerateObject())
            {
                sound = map.Count < maxCount && pair.Name.Length is > 0 && pair.Name.Length <= maxKey && pair.Value.ValueKind == JsonValueKind.String;
                if (!sound) break;
                var text = pair.Value.GetString()!;
                if (!(sound = text.Length <= maxValue)) break;
                map.Add(pair.Name, text);
            }
        if (sound) return map;
        Invalid(name, $"{name} is an object of at most {maxCount} texts, with names of 1 to {maxKey} and values of at most {maxValue} characters.");
        return null;
    }

    /// <summary>The field's value; null when it is absent or null. From now on the field is known.</summary>
    public JsonElement? Take(string name)
    {
        known.Add(name);
        return body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public void Missing(string name) => Add("/" + name, "missing_field", $"{name} is needed.");

    /// <summary>RFC 6901: <c>~</c> and <c>/</c> are escaped. Names are cut like every echo of input.</summary>
    private static string Pointer(string name) => "/" + Echo.Of(name)[1..^1].Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
