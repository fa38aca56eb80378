namespace Vitrine.Local;

/// <summary>Says that this process, and no other, uses a folder. The kernel lets go of it when we end, however we end.</summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream _held;

    private FolderLock(FileStream held) => _held = held;

    /// <exception cref="InvalidOperationException">Another process, or another object in this one, holds the folder.</exception>
    public static FolderLock Take(string folder)
    {
        try
        {
            return new(new FileStream(Path.Combine(folder, "lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = PrivateFile.OwnerOnly,
            }));
        }
        catch (IOException busy) when (Directory.Exists(folder) && busy is not FileNotFoundException)
        {
            throw new InvalidOperationException($"{folder} is in use by another running process; stop that one first, or use another folder.", busy);
        }
    }

    public void Dispose() => _held.Dispose();
}
