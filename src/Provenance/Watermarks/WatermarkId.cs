using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Vitrine.Provenance;

/// <summary>What a watermark says: 48 bits that mean nothing but a row in our own records. Written as twelve lower-case hexadecimal digits.</summary>
public readonly record struct WatermarkId
{
    /// <summary>Bits of a watermark after error correction.</summary>
    public const int Bits = 48;

    private const int Digits = Bits / 4;

    /// <exception cref="ArgumentOutOfRangeException">The value has more than <see cref="Bits"/> bits.</exception>
    public WatermarkId(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1L << Bits);
        Value = value;
    }

    /// <summary>0 to 2^48 - 1.</summary>
    public long Value { get; }

    public override string ToString() => Value.ToString("x12", CultureInfo.InvariantCulture);

    public static bool TryParse([NotNullWhen(true)] string? text, out WatermarkId id)
    {
        id = default;
        if (text is not { Length: Digits } || !text.All(char.IsAsciiHexDigitLower))
            return false;
        id = new WatermarkId(long.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return true;
    }
}
