namespace Vitrine.Media.Tests;

public sealed class TemporaryFolderTests
{
    [Fact]
    public void What_a_killed_process_left_is_swept_and_what_somebody_works_in_stays()
    {
        using var living = new TemporaryFolder();
        File.WriteAllText(living.File("clip.mp4"), "half a clip");
        // The lock of a process that was killed is a file that nobody holds.
        var dead = Directory.CreateTempSubdirectory("vitrine-clip-");
        File.WriteAllText(Path.Combine(dead.FullName, "lock"), "");
        File.WriteAllText(Path.Combine(dead.FullName, "clip.mp4"), "half a clip");
        var justMade = Directory.CreateTempSubdirectory("vitrine-clip-");

        TemporaryFolder.SweepAbandoned();

        Assert.False(Directory.Exists(dead.FullName));
        Assert.True(File.Exists(living.File("clip.mp4")));
        Assert.True(Directory.Exists(justMade.FullName));
        justMade.Delete();
    }

    [Fact]
    public void It_is_gone_when_it_was_used()
    {
        string file;
        using (var folder = new TemporaryFolder())
            File.WriteAllText(file = folder.File("clip.mp4"), "a clip");
        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
    }
}
