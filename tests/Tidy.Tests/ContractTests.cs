using System.Reflection;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Tidy.Tests;

/// <summary>What crosses a wire is named for ever and never changes in flight. Who says what is in OrleansContracts.txt, which the build checks.</summary>
public sealed class ContractTests
{
    private static readonly Assembly Contracts = typeof(IJobGrain).Assembly;
    private static readonly IReadOnlyList<Type> Ours = [.. Contracts.GetTypes().Where(type => type.Namespace == "Vitrine.Grains.Interfaces")];

    [Fact]
    public void Every_value_that_crosses_a_wire_is_aliased_and_immutable()
    {
        var findings = new Findings();
        foreach (var type in Ours.Where(Serialized))
        {
            if (type.GetCustomAttribute<AliasAttribute>() is null) findings.Add(PlaceOf(type), 0, $"{type.Name} needs [Alias(\"vitrine.{type.Name}\")]: its name on the wire must outlive a renaming.");
            if (type.IsEnum || typeof(Exception).IsAssignableFrom(type)) continue;
            if (type.GetCustomAttribute<ImmutableAttribute>() is null) findings.Add(PlaceOf(type), 0, $"{type.Name} needs [Immutable], or it is copied on every call.");
            foreach (var property in type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))))
                findings.Add(PlaceOf(type), 0, $"{type.Name}.{property.Name} can be set; make it init or a record's parameter.");
            if (type.IsClass && (!type.IsSealed || type.GetMethod("<Clone>$") is null)) findings.Add(PlaceOf(type), 0, $"{type.Name} must be a sealed record or a readonly record struct.");
        }
        findings.AreNone();
    }

    [Fact]
    public void Every_grain_interface_and_each_of_its_methods_has_a_name_on_the_wire()
    {
        var findings = new Findings();
        foreach (var grain in Ours.Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)))
        {
            if (grain.GetCustomAttribute<AliasAttribute>() is null || grain.GetCustomAttribute<GrainInterfaceTypeAttribute>() is null)
                findings.Add(PlaceOf(grain), 0, $"{grain.Name} needs both [Alias] and [GrainInterfaceType]: the alias alone does not survive a renaming.");
            foreach (var method in grain.GetMethods().Where(method => method.IsAbstract && method.GetCustomAttribute<AliasAttribute>() is null))
                findings.Add(PlaceOf(grain), 0, $"{grain.Name}.{method.Name} needs [Alias(\"{method.Name}\")].");
        }
        findings.AreNone();
    }

    [Fact]
    public void Every_grain_is_sealed_and_typed_and_says_what_it_owns()
    {
        var findings = new Findings();
        foreach (var grain in typeof(JobGrain).Assembly.GetTypes().Where(type => typeof(Grain).IsAssignableFrom(type) && !type.IsAbstract))
        {
            var place = Repository.Under("src/Grains", $"/{grain.Name}.cs").FirstOrDefault() ?? "src/Grains";
            if (!grain.IsSealed) findings.Add(place, 0, $"seal {grain.Name}.");
            if (grain.GetCustomAttribute<GrainTypeAttribute>() is null) findings.Add(place, 0, $"{grain.Name} needs [GrainType(\"vitrine.…\")].");
            if (!Repository.Lines(place).Any(line => line.StartsWith("/// <summary>", StringComparison.Ordinal) && line.Contains("own", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith("/// Owns", StringComparison.Ordinal)))
                findings.Add(place, 0, $"the first line of {grain.Name}'s summary says what it owns, or that it owns nothing.");
            if (!Repository.Text("docs/architecture.md").Contains($"`{grain.Name}`", StringComparison.Ordinal)) findings.Add("docs/architecture.md", 0, $"give `{grain.Name}` its sentence in the table of grains.");
        }
        findings.AreNone();
    }

    private static bool Serialized(Type type) => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null || type.IsEnum && type.IsPublic;

    private static string PlaceOf(Type type)
    {
        var name = type.Name.Split('`')[0];
        return Repository.Code("src/Grains.Interfaces").FirstOrDefault(file => System.Text.RegularExpressions.Regex.IsMatch(Repository.Text(file), $@"\b(record|struct|class|enum|interface) {name}\b")) ?? "src/Grains.Interfaces";
    }
}
