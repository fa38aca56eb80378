namespace Vitrine.Inference;

/// <summary>
/// Noise mixed from that of several seeds. The parts are independent and normal, so with weights whose squares add up to 1 the mix is standard normal
/// again, as the model expects; a plain average would be too quiet. Neighbouring weights give neighbouring noise.
/// </summary>
public sealed record NoiseMix(IReadOnlyList<NoisePart> Parts)
{
    /// <summary>The most parts of one mix; three make a circle about a seed.</summary>
    public const int MostParts = 4;

    private const float Tolerance = 1e-4f;

    /// <summary>
    /// On the great circle from one seed's noise to another's (for independent noise this is spherical interpolation). Amount 0 is the first, 1 the other;
    /// a small amount is a variation of the first.
    /// </summary>
    public static NoiseMix Between(ulong seed, ulong other, double amount) => seed == other
        ? new([new(seed, 1)])
        : new([new(seed, (float)Math.Cos(amount * Math.PI / 2)), new(other, (float)Math.Sin(amount * Math.PI / 2))]);

    /// <summary>
    /// On a circle about a seed's noise: as far from it, by angle, as <paramref name="radius"/> says (radians, 0 to π/2), and going round with
    /// <paramref name="turn"/>; every whole turn comes back to the same numbers.
    /// </summary>
    public static NoiseMix Around(ulong seed, double radius, double turn)
    {
        var (sin, cos) = Math.SinCos(2 * Math.PI * (turn - Math.Floor(turn)));
        return new([new(seed, (float)Math.Cos(radius)), new(seed, (float)(Math.Sin(radius) * cos), Stream: 1), new(seed, (float)(Math.Sin(radius) * sin), Stream: 2)]);
    }

    /// <summary>Whether this is noise that a model can begin with.</summary>
    internal bool IsStandard => Parts.Count is > 0 and <= MostParts && MathF.Abs(Parts.Sum(part => part.Weight * part.Weight) - 1) <= Tolerance
        && Parts.DistinctBy(part => (part.Seed, part.Stream)).Count() == Parts.Count;

    internal void Fill(Span<float> noise)
    {
        noise.Clear();
        var part = new float[noise.Length];
        foreach (var (seed, weight, stream) in Parts)
        {
            Philox.FillNormal(seed, part, stream);
            for (var i = 0; i < noise.Length; i++)
                noise[i] += weight * part[i];
        }
    }
}

/// <summary>The share of one seed (and stream of it, see <see cref="Philox"/>) in a mix.</summary>
public sealed record NoisePart(ulong Seed, float Weight, uint Stream = 0);
