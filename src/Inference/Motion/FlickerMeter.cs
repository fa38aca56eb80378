namespace Vitrine.Inference;

/// <summary>How a clip changes from frame to frame when the camera's motion is taken away. All numbers are levels of luma, 0 to 255.</summary>
/// <param name="Change">Mean absolute difference of a frame from the one before: how much happens.</param>
/// <param name="WorstChange">The largest of these.</param>
/// <param name="Flicker">Mean absolute distance of a frame from the middle of its two neighbours: what is left of the difference when a steady change is
/// taken away. This is what the eye sees as flicker.</param>
/// <param name="WorstFlicker">The largest of these.</param>
public sealed record FlickerReading(double Change, double WorstChange, double Flicker, double WorstFlicker);

/// <summary>
/// Measures flicker as frames go by, three in memory at a time. Each triple is brought to the part of the scene that all three see, at half the
/// frame's resolution, by the known places of the camera; so a clip with a moving camera is judged like one with a standing camera.
/// </summary>
public sealed class FlickerMeter(ClipRequest clip)
{
    private readonly List<ClipFrame> recent = [];
    private readonly List<double> detail = [];
    private double changes, flickers, worstChange, worstFlicker;
    private int pairs, triples;

    /// <summary>What was measured so far.</summary>
    public FlickerReading Reading => new(pairs == 0 ? 0 : changes / pairs, worstChange, triples == 0 ? 0 : flickers / triples, worstFlicker);

    /// <summary>Of every frame, the mean absolute difference of a pixel from its neighbours on the right and below: a cross-fade loses some of it half-way.</summary>
    public IReadOnlyList<double> Detail => detail;

    /// <summary>Takes the next frame.</summary>
    public void Add(ClipFrame frame)
    {
        recent.Add(frame);
        if (recent.Count > 3)
            recent.RemoveAt(0);
        var seen = Common(recent);
        var aligned = recent.ConvertAll(each => Luma(each, seen));
        var (last, width) = (aligned[^1], AlignedWidth(seen));
        detail.Add(Gradient(last, width));
        if (aligned.Count > 1)
            worstChange = Math.Max(worstChange, Sum(ref changes, ref pairs, Mean(last, aligned[^2], aligned[^2])));
        if (aligned.Count > 2)
            worstFlicker = Math.Max(worstFlicker, Sum(ref flickers, ref triples, Mean(aligned[1], aligned[0], aligned[2])));
    }

    private static double Sum(ref double sum, ref int count, double value)
    {
        sum += value;
        count++;
        return value;
    }

    private (double Left, double Top, double Right, double Bottom) Common(List<ClipFrame> frames)
    {
        var (left, top, right, bottom) = (double.MinValue, double.MinValue, double.MaxValue, double.MaxValue);
        foreach (var (x, y, scale) in frames.Select(frame => frame.View))
        {
            var (width, height) = CameraPath.Extent(clip, scale);
            (left, top) = (Math.Max(left, x - width / 2), Math.Max(top, y - height / 2));
            (right, bottom) = (Math.Min(right, x + width / 2), Math.Min(bottom, y + height / 2));
        }
        return (left, top, right, bottom);
    }

    private int AlignedWidth((double Left, double Top, double Right, double Bottom) seen) => Aligned(seen.Right - seen.Left);

    private int Aligned(double sides) => Math.Max(8, (int)(sides * clip.ShorterSide / 2));

    private double[] Luma(ClipFrame frame, (double Left, double Top, double Right, double Bottom) seen)
    {
        var (x, y, scale) = frame.View;
        var (width, height) = CameraPath.Extent(clip, scale);
        var (perX, perY) = (frame.Image.Width / width, frame.Image.Height / height);
        var part = new Rectangle((seen.Left - x + width / 2) * perX, (seen.Top - y + height / 2) * perY, (seen.Right - seen.Left) * perX, (seen.Bottom - seen.Top) * perY);
        var image = Resampling.Window(PlanarImage.From(frame.Image), part, AlignedWidth(seen), Aligned(seen.Bottom - seen.Top));
        var plane = image.Width * image.Height;
        var luma = new double[plane];
        for (var i = 0; i < plane; i++) // ITU-R BT.709.
            luma[i] = 0.2126 * image.Values[i] + 0.7152 * image.Values[plane + i] + 0.0722 * image.Values[2 * plane + i];
        return luma;
    }

    // The distance of numbers from the middle of two others.
    private static double Mean(double[] numbers, double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < numbers.Length; i++)
            sum += Math.Abs(numbers[i] - (a[i] + b[i]) / 2);
        return sum / numbers.Length;
    }

    private static double Gradient(double[] luma, int width)
    {
        var sum = 0.0;
        for (var i = 0; i < luma.Length - width; i++)
            sum += i % width == width - 1 ? 0 : Math.Abs(luma[i + 1] - luma[i]) + Math.Abs(luma[i + width] - luma[i]);
        return sum / luma.Length;
    }
}
