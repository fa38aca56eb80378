using System.Diagnostics;
using SkiaSharp;

namespace Vitrine.Bench;

/// <summary>Photographs under free licences from Debian packages, which apt downloads and nobody installs. Without apt or without a network there are none.</summary>
internal static class Photographs
{
    private const int LeastLength = 30_000;

    // These packages also hold drawings, patterns and small test files.
    private static readonly string[] Left = ["Fossa", "Infinite", "umang", "color", "logo", "text", "page", "cell", "ihc", "clock", "moon", "hubble", "retina", "motorcycle_right", "horse", "phantom", "microaneurysms"];

    public static IReadOnlyList<string> Packages { get; } = ["lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "mate-backgrounds", "python3-skimage"];

    /// <summary>The files, in an order that does not change; downloaded into the folder where they are not there yet.</summary>
    public static async Task<IReadOnlyList<string>> Files(string folder, CancellationToken ct)
    {
        foreach (var package in Packages)
            if (!Directory.Exists(Path.Combine(folder, package)))
                await Fetch(folder, package, ct);
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsPhotograph).Order(StringComparer.Ordinal)];
    }

    /// <summary>The middle square of a photograph at a size; null where it is smaller.</summary>
    public static Pixels? Square(string file, int side)
    {
        using var bitmap = SKBitmap.Decode(file);
        var shorter = bitmap is null ? 0 : Math.Min(bitmap.Width, bitmap.Height);
        if (bitmap is null || shorter < side)
            return null;
        using var rgba = bitmap.Copy(SKColorType.Rgba8888);
        return Pixels.Of(rgba).Cut((bitmap.Width - shorter) / 2, (bitmap.Height - shorter) / 2, shorter, shorter).Resized(side, side);
    }

    private static bool IsPhotograph(string file) =>
        Path.GetExtension(file) is ".jpg" or ".png" && new FileInfo(file).Length >= LeastLength && !Left.Any(Path.GetFileName(file).StartsWith)
        && (file.Contains("/backgrounds/mate/nature/", StringComparison.Ordinal) || file.Contains("/lomiri-", StringComparison.Ordinal) || file.Contains("/skimage/data/", StringComparison.Ordinal));

    private static async Task Fetch(string folder, string package, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        await Run("apt-get", ["download", package], folder, ct);
        foreach (var file in Directory.GetFiles(folder, package + "_*.deb"))
        {
            await Run("dpkg-deb", ["-x", file, package], folder, ct);
            File.Delete(file);
        }
    }

    private static async Task Run(string program, string[] arguments, string folder, CancellationToken ct)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;
            await process.WaitForExitAsync(ct);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine($"  {program} is not here: no photographs of its packages.");
        }
    }
}
