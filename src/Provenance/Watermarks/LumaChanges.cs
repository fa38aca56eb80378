using System.Runtime.Intrinsics;

namespace Vitrine.Provenance;

/// <summary>Changes of luma, one for each pixel, brought into its red, green and blue. Eight pixels at a time where there are eight; the rest gives the same numbers one by one.</summary>
internal static class LumaChanges
{
    // One level of luma, with the least change of red, green and blue together that makes it (proportional to their parts of luma).
    private const float Red = 0.669f, Green = 1.313f, Blue = 0.255f;

    /// <summary>Pixels in three vectors: 24 bytes of red, green and blue in turn.</summary>
    private const int Together = 8;

    private static readonly Vector256<int>[] PixelOf = [Vector256.Create(0, 0, 0, 1, 1, 1, 2, 2), Vector256.Create(2, 3, 3, 3, 4, 4, 4, 5), Vector256.Create(5, 5, 6, 6, 6, 7, 7, 7)];

    private static readonly Vector256<float>[] PartOf =
    [
        Vector256.Create(Red, Green, Blue, Red, Green, Blue, Red, Green), Vector256.Create(Blue, Red, Green, Blue, Red, Green, Blue, Red), Vector256.Create(Green, Blue, Red, Green, Blue, Red, Green, Blue),
    ];

    /// <summary>The changed picture, rounded to whole levels.</summary>
    public static void Add(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> changes, float strength, Span<byte> changed)
    {
        var pixel = 0;
        for (; pixel + Together <= changes.Length; pixel += Together)
        {
            var bytes = rgb.Slice(3 * pixel, 3 * Together);
            var change = strength * Vector256.Create<float>(changes.Slice(pixel, Together));
            Vector128<ushort> first = Narrow(Changed(Levels(bytes, 0), change, 0)), second = Narrow(Changed(Levels(bytes, 1), change, 1)), third = Narrow(Changed(Levels(bytes, 2), change, 2));
            Vector128.Narrow(first, second).CopyTo(changed[(3 * pixel)..]);
            Vector128.Narrow(third, third).GetLower().CopyTo(changed[(3 * pixel + 16)..]);
        }
        for (var i = 3 * pixel; pixel < changes.Length; pixel++, i += 3)
        {
            var change = strength * changes[pixel];
            (changed[i], changed[i + 1], changed[i + 2]) = (Level(rgb[i] + Red * change), Level(rgb[i + 1] + Green * change), Level(rgb[i + 2] + Blue * change));
        }
    }

    /// <summary>The mean square over all channels of what <see cref="Add"/> would change.</summary>
    /// <param name="sampled">Of a picture with at least twice as many pixels only about so many are looked at.</param>
    public static double Error(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> changes, float strength, int sampled)
    {
        var step = Math.Max(1, changes.Length / sampled) | 1;
        long error = 0, samples = 0;
        var pixel = 0;
        if (step == 1)
        {
            for (; pixel + Together <= changes.Length; pixel += Together, samples += 3 * Together)
            {
                var bytes = rgb.Slice(3 * pixel, 3 * Together);
            var change = strength * Vector256.Create<float>(changes.Slice(pixel, Together));
                var sum = Vector256<int>.Zero;
                for (var part = 0; part < 3; part++)
                {
                    var levels = Levels(bytes, part);
                    var difference = Changed(levels, change, part) - levels;
                    sum += difference * difference;
                }
                error += Vector256.Sum(sum);
            }
        }
        for (; pixel < changes.Length; pixel += step, samples += 3)
        {
            var (change, i) = (strength * changes[pixel], 3 * pixel);
            int red = Level(rgb[i] + Red * change) - rgb[i], green = Level(rgb[i + 1] + Green * change) - rgb[i + 1], blue = Level(rgb[i + 2] + Blue * change) - rgb[i + 2];
            error += red * red + green * green + blue * blue;
        }
        return (double)error / samples;
    }

    private static byte Level(float value) => (byte)(Math.Clamp(value, 0, 255) + 0.5f);

    // Eight of the 24 bytes of eight pixels.
    private static Vector256<int> Levels(ReadOnlySpan<byte> bytes, int part)
    {
        var words = Vector128.WidenLower(Vector64.Create<byte>(bytes.Slice(8 * part, 8)).ToVector128());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }

    private static Vector256<int> Changed(Vector256<int> levels, Vector256<float> change, int part)
    {
        var value = Vector256.ConvertToSingle(levels) + PartOf[part] * Vector256.Shuffle(change, PixelOf[part]);
        return Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(value, Vector256<float>.Zero), Vector256.Create(255f)) + Vector256.Create(0.5f));
    }

    private static Vector128<ushort> Narrow(Vector256<int> levels) => Vector128.Narrow(levels.GetLower().AsUInt32(), levels.GetUpper().AsUInt32());
}
