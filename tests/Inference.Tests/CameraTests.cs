namespace Vitrine.Inference.Tests;

/// <summary>The camera and the meter that judges it, on scenes that the test draws.</summary>
public sealed class CameraTests
{
    private static ClipRequest AClip { get; } = new("m", "p", 1, 4, 4, ClipMotion.Hold, Seconds: 2, ClipAspect.Square, ShorterSide: 160);

    [Fact]
    public void A_window_that_moves_by_a_fraction_moves_the_picture_by_as_much()
    {
        var ramp = new PlanarImage(64, 64);
        for (var i = 0; i < ramp.Values.Length; i++)
            ramp.Values[i] = 2 * (i % 64) + i / 64 % 64;
        foreach (var (x, y) in ((double, double)[])[(8, 8), (8.3, 8), (8.3, 9.75)])
        {
            var window = Resampling.Window(ramp, new Rectangle(x, y, 40, 40), 40, 40);
            for (var i = 0; i < 40; i++)
                Assert.Equal(2 * (x + i) + y + i, window.Row(0, i)[i], 0.35); // A sinc of three lobes is exact on whole pixels and nearly so between.
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampling.Window(ramp, new Rectangle(30, 0, 40, 40), 40, 40));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampling.Window(ramp, new Rectangle(double.NaN, 0, 40, 40), 40, 40));
    }

    [Theory]
    [InlineData(ClipMotion.PanLeft, 1, 0)]
    [InlineData(ClipMotion.PanRight, -1, 0)]
    [InlineData(ClipMotion.PanUp, 0, 1)]
    [InlineData(ClipMotion.PanDown, 0, -1)]
    [InlineData(ClipMotion.Hold, 0, 0)]
    public void What_the_camera_sees_moves_against_its_way_and_stays_inside(ClipMotion motion, int right, int down)
    {
        foreach (var aspect in Enum.GetValues<ClipAspect>())
        {
            var clip = AClip with { Motion = motion, Aspect = aspect };
            var (first, last) = (Middle(Shown(clip, 0)), Middle(Shown(clip, clip.Frames - 1)));
            Assert.Equal((right, down), (Math.Sign(Math.Round(last.X - first.X)), Math.Sign(Math.Round(last.Y - first.Y))));
        }
    }

    [Fact]
    public void A_zoom_in_makes_the_subject_larger_at_an_even_pace_and_a_zoom_out_is_its_reverse()
    {
        var clip = AClip with { Motion = ClipMotion.ZoomIn };
        var sizes = Enumerable.Range(0, clip.Frames).Select(frame => 1 / CameraPath.At(clip, frame).Scale).ToArray();
        Assert.Equal(sizes.Order(), sizes);
        Assert.Equal((1, CameraPath.Zoom), (sizes[0], Math.Round(sizes[^1], 9)));
        Assert.InRange(sizes.Zip(sizes.Skip(1), (a, b) => b / a).Max(), 1.001, 1.02);
        Assert.Equal(Shown(clip, clip.Frames - 1).Pixels, Shown(clip with { Motion = ClipMotion.ZoomOut }, 0).Pixels);
        Assert.True(Area(Shown(clip, clip.Frames - 1)) > 1.5 * Area(Shown(clip, 0)));
    }

    [Theory]
    [InlineData(ClipMotion.ZoomIn)]
    [InlineData(ClipMotion.PanRight)]
    [InlineData(ClipMotion.PanUp)]
    public void A_moving_camera_over_a_still_scene_hardly_reads_as_flicker(ClipMotion motion)
    {
        foreach (var aspect in Enum.GetValues<ClipAspect>())
        {
            var clip = AClip with { Motion = motion, Aspect = aspect };
            var meter = new FlickerMeter(clip);
            for (var frame = 0; frame < clip.Frames; frame++)
                meter.Add(new ClipFrame(Shown(clip, frame), CameraPath.At(clip, frame)));
            Assert.InRange(meter.Reading.WorstFlicker, 0, 0.6);
            Assert.InRange(meter.Reading.WorstChange, 0, 1);
        }
    }

    [Fact]
    public void A_scene_that_flashes_reads_as_flicker_and_one_that_brightens_steadily_does_not()
    {
        var (flashing, brightening) = (new FlickerMeter(AClip), new FlickerMeter(AClip));
        for (var frame = 0; frame < 20; frame++)
        {
            flashing.Add(Plain(100 + frame % 2 * 6));
            brightening.Add(Plain(100 + 2 * frame));
        }
        Assert.Equal((6, 6), (Math.Round(flashing.Reading.Flicker, 3), Math.Round(flashing.Reading.Change, 3)));
        Assert.Equal((0, 2), (Math.Round(brightening.Reading.Flicker, 3), Math.Round(brightening.Reading.WorstChange, 3)));
    }

    [Fact]
    public void A_camera_that_snaps_to_whole_pixels_would_be_noticed()
    {
        var clip = AClip with { Motion = ClipMotion.PanRight, Seconds = 10 };
        var (smooth, snapping) = (new FlickerMeter(clip), new FlickerMeter(clip));
        for (var frame = 0; frame < clip.Frames; frame++)
        {
            var view = CameraPath.At(clip, frame);
            smooth.Add(new ClipFrame(Shown(clip, view), view));
            snapping.Add(new ClipFrame(Shown(clip, view with { X = Math.Round(view.X * clip.ShorterSide) / clip.ShorterSide }), view));
        }
        Assert.True(snapping.Reading.Flicker > 3 * smooth.Reading.Flicker, $"{snapping.Reading} {smooth.Reading}");
    }

    [Fact]
    public void An_even_pace_spends_time_where_the_way_is_long()
    {
        Latent[] keyframes = [.. new[] { 0f, 1, 1, 9, 10 }.Select(number => new Latent("m", [number, 0]))];
        var along = Pace.Along(Pace.Lengths(keyframes, closed: false, Pace.Distance));
        Assert.Equal((0.0, 1.0), (along[0], along[^1]));
        Assert.Equal([0, 4], new[] { 0.0, 1 }.Select(share => Pace.PlaceOf(along, share)));
        Assert.InRange(Pace.PlaceOf(along, 0.5), 2.4, 2.6);
        Assert.Equal(along, along.Select(share => along[(int)Math.Round(Pace.PlaceOf(along, share))]));
        Assert.Equal([1.0, 0, 8, 1, 10], Pace.Lengths(keyframes, closed: true, Pace.Distance));
        Assert.Equal([0, 0.5, 1], Pace.Along([0, 0])); // Nothing changes: an even pace of its own.
    }

    private static ClipFrame Plain(int level)
    {
        var pixels = new byte[3 * AClip.Width * AClip.Height];
        Array.Fill(pixels, (byte)level);
        return new ClipFrame(new RgbImage(AClip.Width, AClip.Height, pixels), new CameraView(0, 0, 1));
    }

    private static RgbImage Shown(ClipRequest clip, int frame) => Shown(clip, CameraPath.At(clip, frame));

    private static RgbImage Shown(ClipRequest clip, CameraView view)
    {
        var stage = new Stage(clip, new SideRange(ModelCard.SmallestSide, ModelCard.LargestSide, ModelCard.SideMultiple));
        return stage.Show(stage.Lay(ADisc(stage.Side)), view);
    }

    // A bright disc with a soft edge and stripes on a dark ground.
    private static PlanarImage ADisc(int side)
    {
        var disc = new PlanarImage(side, side);
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                {
                    var (dx, dy) = ((x + 0.5) / side - 0.5, (y + 0.5) / side - 0.5);
                    var inside = Math.Clamp((0.3 - Math.Sqrt(dx * dx + dy * dy)) * 60 + 0.5, 0, 1);
                    disc.Row(c, y)[x] = (float)(30 + inside * (170 + 30 * Math.Sin(40 * dx)));
                }
        return disc;
    }

    private static double Area(RgbImage image) => image.Pixels.Count(value => value > 100);

    private static (double X, double Y) Middle(RgbImage image)
    {
        var bright = Enumerable.Range(0, image.Width * image.Height).Where(i => image.Pixels[3 * i] > 100).ToArray();
        Assert.True(bright.Length > image.Width, "the subject is out of sight");
        return (bright.Average(i => i % image.Width), bright.Average(i => i / image.Width));
    }
}
