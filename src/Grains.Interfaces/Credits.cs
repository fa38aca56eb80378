using System.Globalization;

namespace Vitrine.Grains.Interfaces;

/// <summary>
/// An amount of credits, exact to one millionth. One credit is one denoising step over one megapixel of one image
/// (image · step · 10⁶ pixels), so one image-step-pixel is exactly one <see cref="Micro"/> credit and no price is ever rounded.
/// The price of a job is computed in one place, <see cref="Price"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("vitrine.Credits")]
public readonly record struct Credits([property: Id(0)] long Micro) : IComparable<Credits>
{
    public const long MicroPerCredit = 1_000_000;
    public static readonly Credits Zero;

    /// <summary>The amount in credits, exact.</summary>
    public decimal Amount => (decimal)Micro / MicroPerCredit;

    /// <summary>Null when <paramref name="amount"/> is negative, has more than six decimals, or exceeds 9·10¹² credits.</summary>
    public static Credits? FromAmount(decimal amount)
    {
        if (amount is < 0 or > 9_000_000_000_000m) return null;
        var micro = amount * MicroPerCredit;
        return micro == decimal.Truncate(micro) ? new Credits((long)micro) : null;
    }

    public static Credits operator +(Credits a, Credits b) => new(checked(a.Micro + b.Micro));
    public static Credits operator -(Credits a, Credits b) => new(checked(a.Micro - b.Micro));
    public static bool operator <(Credits a, Credits b) => a.Micro < b.Micro;
    public static bool operator >(Credits a, Credits b) => a.Micro > b.Micro;
    public static bool operator <=(Credits a, Credits b) => a.Micro <= b.Micro;
    public static bool operator >=(Credits a, Credits b) => a.Micro >= b.Micro;
    public static Credits Add(Credits left, Credits right) => left + right;
    public static Credits Subtract(Credits left, Credits right) => left - right;
    public int CompareTo(Credits other) => Micro.CompareTo(other.Micro);
    public override string ToString() => Amount.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>How soon a job wants to be served: a weight in the queue and a factor in the price.</summary>
[Alias("vitrine.Speed")]
public enum Speed { Fast = 0, Relax = 1, Turbo = 2 }

/// <summary>What a job costs. The one place where a price is made; an auditor can repeat it from the events alone.</summary>
public static class Price
{
    /// <summary>
    /// images × evaluations × width × height, in millionths of a credit, times the model's price factor and the speed factor (relax ½, fast 1,
    /// turbo 2), rounded up to the next millionth. An evaluation is one run of the denoising network: one a step, two with a negative prompt.
    /// All factors are bounded before this is called; overflow throws.
    /// </summary>
    public static Credits Of(int images, int evaluations, int width, int height, Speed speed, decimal modelFactor = 1) =>
        new(checked((long)decimal.Ceiling((decimal)images * evaluations * width * height * modelFactor * SpeedFactor(speed))));

    /// <summary>What a speed costs beside the speed fast.</summary>
    public static decimal SpeedFactor(Speed speed) => speed switch { Speed.Relax => 0.5m, Speed.Turbo => 2m, _ => 1m };
}
