using System.Text;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>A signed file with one thing changed that should not be.</summary>
internal static class Changed
{
    public static byte[] Bit(byte[] file, int at)
    {
        byte[] changed = [.. file];
        changed[at] ^= 1;
        return changed;
    }

    public static byte[] PictureBit(byte[] file)
    {
        StoreFrame frame = Carrier.Open(file).Stores[0];
        int end = frame.Start + frame.FrameLength;
        return Bit(file, frame.Start > file.Length - end ? frame.Start * 2 / 3 : end + (file.Length - end) * 2 / 3);
    }

    /// <summary>Replaces a text of the store by another of the same length, and puts the store back into an intact frame.</summary>
    public static byte[] Text(byte[] file, string text, string other)
    {
        Carrier carrier = Carrier.Open(file);
        byte[] store = carrier.Stores[0].Store.ToArray();
        int at = store.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        Assert.True(at >= 0, $"The store does not hold '{text}'.");
        Encoding.ASCII.GetBytes(other, store.AsSpan(at));
        return Store(carrier, store);
    }

    public static byte[] Store(Carrier carrier, byte[] store)
    {
        byte[] output = carrier.CopyWithRoomFor(store.Length);
        carrier.WriteFrame(output.AsSpan(carrier.FrameStart), store);
        return output;
    }
}
