namespace Vitrine.Silo;

/// <summary>A file that only its owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Written under another name first, so that a key file that exists is complete.</summary>
    public static void Write(string path, string text)
    {
        var partial = path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(partial, options)) file.Write(text);
        File.Move(partial, path, overwrite: true);
    }
}
