namespace Vitrine.Local.Tests;

/// <summary>A new folder for one test, reachable by the account of the database server, removed afterwards.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder()
    {
        Path = Directory.CreateTempSubdirectory("vitrine-local-").FullName;
        File.SetUnixFileMode(Path, PrivateFile.OwnerOnlyFolder | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    public string Path { get; }

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
