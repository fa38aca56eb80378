using System.Globalization;

namespace Vitrine.Policies;

/// <summary>
/// Compatibility decomposition from a table of our own. .NET leaves non-ASCII text as it is when it runs without ICU, and with ICU the answer
/// depends on the installed version; a normalised form that stands in a ledger must not.
/// </summary>
internal static class CompatibilityTable
{
    private static readonly Dictionary<int, string> Targets = Load();

    /// <summary>The decomposition, or null for a code point that stands for itself.</summary>
    public static string? Of(int codePoint) => codePoint < 0xA0 ? null : Targets.GetValueOrDefault(codePoint);

    private static Dictionary<int, string> Load()
    {
        using var stream = typeof(CompatibilityTable).Assembly.GetManifestResourceStream("compatibility.txt")
            ?? throw new InvalidOperationException("The compatibility table is missing from the assembly.");
        using var reader = new StreamReader(stream);
        var targets = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var (from, to) = (line[..line.IndexOf(';', StringComparison.Ordinal)], line[(line.IndexOf(';', StringComparison.Ordinal) + 1)..]);
            var range = from.Split("..");
            var (first, last) = (Hex(range[0]), Hex(range[^1]));
            if (range.Length == 2)
                for (var codePoint = first; codePoint <= last; codePoint++)
                    targets.Add(codePoint, char.ConvertFromUtf32(Hex(to) + codePoint - first));
            else
                targets.Add(first, string.Concat(to.Split(' ').Select(target => char.ConvertFromUtf32(Hex(target)))));
        }
        return targets;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
