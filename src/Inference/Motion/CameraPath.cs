namespace Vitrine.Inference;

/// <summary>
/// Where the camera stands. The picture is a square with sides of 1 about (0, 0), x to the right and y down; <paramref name="Scale"/> is the length that
/// the frame's shorter side sees.
/// </summary>
public readonly record struct CameraView(double X, double Y, double Scale);

/// <summary>The camera's way through a clip. It never stops between two frames and never moves by whole pixels only.</summary>
internal static class CameraPath
{
    /// <summary>How many times nearer a zoom comes.</summary>
    public const double Zoom = 1.35;

    /// <summary>How far a pan goes to either side of the middle, in lengths of the frame along its way: far enough to be seen, and the subject stays inside.</summary>
    private const double Pan = 0.14;

    public static CameraView At(ClipRequest clip, int frame)
    {
        var progress = ContentPath.Ease((double)frame / (clip.Frames - 1));
        var (width, height) = Extent(clip, 1);
        var way = Pan * (1 - 2 * progress);
        return clip.Motion switch
        {
            // A constant ratio from frame to frame looks like a constant speed.
            ClipMotion.ZoomIn => new(0, 0, Math.Pow(Zoom, -progress)),
            ClipMotion.ZoomOut => new(0, 0, Math.Pow(Zoom, progress - 1)),
            ClipMotion.PanLeft => new(way * width, 0, 1),
            ClipMotion.PanRight => new(-way * width, 0, 1),
            ClipMotion.PanUp => new(0, way * height, 1),
            ClipMotion.PanDown => new(0, -way * height, 1),
            _ => new(0, 0, 1),
        };
    }

    /// <summary>What a frame sees at a scale, in sides of the square.</summary>
    public static (double Width, double Height) Extent(ClipRequest clip, double scale) =>
        (scale * clip.Width / clip.ShorterSide, scale * clip.Height / clip.ShorterSide);

    /// <summary>The length and height, in sides of the square, that hold everything that the camera sees in the course of a clip.</summary>
    public static (double Width, double Height) Reach(ClipRequest clip)
    {
        var (width, height) = Extent(clip, 1);
        return clip.Motion switch
        {
            ClipMotion.PanLeft or ClipMotion.PanRight => (width * (1 + 2 * Pan), height),
            ClipMotion.PanUp or ClipMotion.PanDown => (width, height * (1 + 2 * Pan)),
            _ => (width, height),
        };
    }
}
