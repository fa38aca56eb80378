using System.Globalization;
using Microsoft.Extensions.Primitives;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Takes query parameters one by one; all faults, unknown and repeated parameters among them, are reported at once.</summary>
public sealed class QueryFields(IQueryCollection query)
{
    public const int DefaultLimit = 20;
    private const int MaxErrors = 32;

    private readonly List<FieldError> errors = [];
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    public ErrorAnswer? Error()
    {
        foreach (var parameter in query)
            if (!known.Contains(parameter.Key) && errors.Count < MaxErrors)
                errors.Add(new("?" + Echo.Of(parameter.Key)[1..^1], "unknown_field", $"There is no parameter {Echo.Of(parameter.Key)} here."));
        return errors.Count == 0 ? null : ErrorAnswer.Invalid(errors);
    }

    public void Invalid(string name, string detail) => errors.Add(new("?" + name, "invalid_value", detail));

    /// <summary>Text of 1 to <paramref name="maxLength"/> characters.</summary>
    public string? Text(string name, int maxLength)
    {
        if (Take(name) is not { Count: > 0 } values) return null;
        if (values is [{ Length: > 0 } text] && text.Length <= maxLength) return text;
        Invalid(name, $"{name} is given once, with 1 to {maxLength} characters.");
        return null;
    }

    public string? Name(string name)
    {
        if (Take(name) is not { Count: > 0 } values) return null;
        if (values is [{ } text] && Slug.IsValid(text)) return text;
        Invalid(name, $"{name} is {Slug.Rule}.");
        return null;
    }

    public long? WholeNumber(string name, long min, long max)
    {
        if (Take(name) is not { Count: > 0 } values) return null;
        if (values is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Invalid(name, $"{name} is a whole number from {min} to {max}.");
        return null;
    }

    public DateTimeOffset? Moment(string name)
    {
        if (Take(name) is not { Count: > 0 } values) return null;
        if (values is [{ } text] && DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) return moment.ToUniversalTime();
        Invalid(name, $"{name} is a moment as in RFC 3339, for example 2026-01-31T12:00:00Z.");
        return null;
    }

    public void Missing(string name) => errors.Add(new("?" + name, "missing_field", $"{name} is needed."));

    /// <summary>Rows of a page, 1 to <paramref name="max"/>; <see cref="DefaultLimit"/> when absent.</summary>
    public int Limit(int max)
    {
        if (Take("limit") is not { Count: > 0 } values) return DefaultLimit;
        if (values is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= max) return limit;
        Invalid("limit", $"limit is a whole number from 1 to {max}.");
        return DefaultLimit;
    }

    private StringValues Take(string name)
    {
        known.Add(name);
        return query.TryGetValue(name, out var values) ? values : StringValues.Empty;
    }
}
