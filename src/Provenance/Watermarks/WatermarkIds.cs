namespace Vitrine.Provenance;

/// <summary>
/// Numbers in sequence to ids that show no sequence, one to one, so that two numbers never meet in one id. A balanced Feistel network of eight rounds over
/// 2 x 24 bits with HMAC-SHA256 inside (Luby and Rackoff 1988; of the shape of NIST SP 800-38G's FF1, for one length in binary).
/// </summary>
public sealed class WatermarkIds(WatermarkKey key)
{
    private const int Rounds = 8, HalfBits = WatermarkId.Bits / 2;
    private const ulong HalfMask = (1UL << HalfBits) - 1;

    /// <summary>The id of a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or does not fit into 48 bits.</exception>
    public WatermarkId Of(long number)
    {
        var plain = (ulong)new WatermarkId(number).Value;
        var (left, right) = (plain >> HalfBits, plain & HalfMask);
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ Mix(round, right));
        return new WatermarkId((long)(left << HalfBits | right));
    }

    /// <summary>The number of an id. Every 48 bits have one; whether it was ever given out, only the records know.</summary>
    public long NumberOf(WatermarkId id)
    {
        var (left, right) = ((ulong)id.Value >> HalfBits, (ulong)id.Value & HalfMask);
        for (var round = Rounds - 1; round >= 0; round--)
            (left, right) = (right ^ Mix(round, left), left);
        return (long)(left << HalfBits | right);
    }

    private ulong Mix(int round, ulong half) => key.Number("watermark id", (ulong)round << HalfBits | half) & HalfMask;
}
