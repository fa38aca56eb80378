using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Policies;

namespace Vitrine.Grains.Rendering;

/// <summary>The label that people see: where it stands on a picture or a frame, and drawing it there.</summary>
internal static class OutputLabels
{
    /// <summary>The label that the policy orders; null where it orders none, and where there are too few pixels for letters that somebody could read.</summary>
    public static DrawnLabel? Place(VisibleLabelOrder? order, int width, int height)
    {
        if (order is null) return null;
        if (VisibleLabel.Place(order.Text, CornerOf(order.Position), (double?)order.LeastHeightPercent ?? VisibleLabel.UsualHeightPercent, width, height) is not { } place)
        {
            RenderTelemetry.LabelLost();
            return null;
        }
        return new DrawnLabel(order.Text, order.Position, place.X, place.Y, place.Width, place.Height, place.LetterHeight, order.RuleIds);
    }

    /// <summary>The pixels with the label on them; the same ones for none.</summary>
    public static byte[] Draw(byte[] rgb, int width, int height, DrawnLabel? label) =>
        label is null ? rgb : VisibleLabel.Draw(rgb, width, height, label.Text, new LabelPlace(label.X, label.Y, label.Width, label.Height, label.LetterHeight));

    private static LabelCorner CornerOf(string position) => position switch
    {
        "top-left" => LabelCorner.TopLeft,
        "bottom-right" => LabelCorner.BottomRight,
        "bottom-left" => LabelCorner.BottomLeft,
        _ => LabelCorner.TopRight,
    };
}
