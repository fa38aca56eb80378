using File = System.IO.File;
using Paths = System.IO.Path;

namespace Vitrine.Inference.Tests;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vitrine-inference-").FullName;

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var file = Paths.Combine(Path, name);
        Directory.CreateDirectory(Paths.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
