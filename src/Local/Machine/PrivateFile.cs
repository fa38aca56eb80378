namespace Vitrine.Local;

/// <summary>Files and folders that nobody but their owner reads: keys, passwords.</summary>
internal static class PrivateFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Writes a whole file with mode 0600, or leaves the old one: never half of it, never readable in between.</summary>
    public static async Task Write(string path, string text, CancellationToken ct)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        await using (var writer = new StreamWriter(temporary, options))
        {
            await writer.WriteAsync(text.AsMemory(), ct);
            await writer.FlushAsync(ct);
            ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The file's trimmed text; made by <paramref name="create"/> when there is none yet.</summary>
    public static async Task<string> ReadOrCreate(string path, Func<string> create, CancellationToken ct)
    {
        if (File.Exists(path) && (await File.ReadAllTextAsync(path, ct)).Trim() is { Length: > 0 } kept)
            return kept;
        var made = create();
        await Write(path, made + "\n", ct);
        return made;
    }
}
