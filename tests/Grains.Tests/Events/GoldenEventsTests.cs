using Marten;
using Npgsql;
using Vitrine.Grains.Events;

namespace Vitrine.Grains.Tests;

/// <summary>An event as it was once stored must be readable for ever, and mean the same. The texts in <c>golden/</c> are such events; they are never edited.</summary>
public sealed class GoldenEventsTests
{
    private static readonly string Folder = Path.Combine(TestCluster.RepositoryRoot(), "tests/Grains.Tests/golden");

    /// <summary>Stored names, and <c>name@form</c> for a second form of an event.</summary>
    public static TheoryData<string> Names =>
        [.. VitrineStore.EventNames.Keys, .. Directory.EnumerateFiles(Folder, "*@*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_stored_event_still_reads_and_is_written_as_before(string name)
    {
        await using var database = NpgsqlDataSource.Create("Host=nowhere");
        var options = new StoreOptions();
        VitrineStore.Configure(options, database);
        var stored = (await File.ReadAllTextAsync(Path.Combine(Folder, name + ".json"))).TrimEnd();

        using var bytes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(stored));
        var read = options.Serializer().FromJson(VitrineStore.EventNames[name.Split('@')[0]], bytes);

        Assert.Equal(stored, options.Serializer().ToJson(read));
    }
}
