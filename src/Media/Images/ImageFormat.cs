namespace Vitrine.Media;

/// <summary>The encodings that the platform writes and reads.</summary>
public enum ImageFormat
{
    Png,
    Jpeg,
    Webp,
}

public static class ImageFormats
{
    /// <summary>The registered media type, such as <c>image/png</c>.</summary>
    public static string MediaType(this ImageFormat format) => format switch
    {
        ImageFormat.Png => "image/png",
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Webp => "image/webp",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>The customary file extension without a dot.</summary>
    public static string Extension(this ImageFormat format) => format switch
    {
        ImageFormat.Png => "png",
        ImageFormat.Jpeg => "jpg",
        ImageFormat.Webp => "webp",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Reads a short name (<c>png</c>, <c>jpeg</c>, <c>jpg</c>, <c>webp</c>) or a media type; false for anything else.</summary>
    public static bool TryParse(string? text, out ImageFormat format)
    {
        (var known, format) = text switch
        {
            "png" or "image/png" => (true, ImageFormat.Png),
            "jpeg" or "jpg" or "image/jpeg" => (true, ImageFormat.Jpeg),
            "webp" or "image/webp" => (true, ImageFormat.Webp),
            _ => (false, default),
        };
        return known;
    }
}
