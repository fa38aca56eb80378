namespace Vitrine.Inference;

/// <summary>The ground that a clip's camera moves over: the square picture, and as much background round it as the camera ever sees.</summary>
internal sealed class Stage
{
    private readonly ClipRequest clip;
    private readonly int width, height;

    public Stage(ClipRequest clip, SideRange sizes)
    {
        this.clip = clip;
        // As fine as the camera's nearest view needs, so that a zoom never enlarges pixels; the largest picture of the model bounds it.
        var nearest = clip.Motion is ClipMotion.ZoomIn or ClipMotion.ZoomOut ? CameraPath.Zoom : 1;
        Side = sizes.AtLeast((int)Math.Ceiling(clip.ShorterSide * nearest));
        var (wide, high) = CameraPath.Reach(clip);
        (width, height) = (Pixels(wide), Pixels(high));
    }

    /// <summary>Pixels of a side of the square picture.</summary>
    public int Side { get; }

    /// <summary>
    /// Lays out the picture. Background goes on beyond its edges (see <see cref="Canvas"/>) rather than the square being cropped: the subject fills most
    /// of it, and 16:9 would cut 44 % of it away.
    /// </summary>
    public PlanarImage Lay(PlanarImage square) => Canvas.Extend(Canvas.Extend(square, width, square.Height), width, height);

    /// <summary>What the camera sees of it: one frame.</summary>
    public RgbImage Show(PlanarImage laid, CameraView view)
    {
        var (wide, high) = CameraPath.Extent(clip, view.Scale);
        var (w, h) = (wide * Side, high * Side);
        var part = new Rectangle(laid.Width / 2.0 + view.X * Side - w / 2, laid.Height / 2.0 + view.Y * Side - h / 2, w, h);
        return Resampling.Window(laid, part, clip.Width, clip.Height).ToRgb();
    }

    // As many on the left as on the right, so that the square's middle stays the middle.
    private int Pixels(double sides) => Side + 2 * (int)Math.Ceiling((sides - 1) * Side / 2 - 1e-6);
}
