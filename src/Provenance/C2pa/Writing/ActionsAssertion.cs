using System.Formats.Cbor;
using System.Globalization;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>Writes <c>c2pa.actions.v2</c>: how the content came to be and everything that was done to it since (C2PA 2.2, 18.15).</summary>
internal static class ActionsAssertion
{
    public const string Label = "c2pa.actions.v2";

    /// <summary>A parameter outside the specification must have a dotted name.</summary>
    public const string ModelDigestParameter = "app.vitrine.model.digest";

    /// <param name="ingredients">The assertions of the description's ingredients, in its order.</param>
    public static Assertion Write(CredentialDescription description, IReadOnlyList<Assertion> ingredients)
    {
        Step[] steps = [.. StepsOf(description, ingredients)];
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(2);
        writer.WriteTextString("actions");
        writer.WriteStartArray(steps.Length);
        foreach (Step step in steps) WriteStep(writer, step, description);
        writer.WriteEndArray();
        writer.WriteTextString("allActionsIncluded");
        writer.WriteBoolean(true);
        writer.WriteEndMap();
        return Assertions.Cbor(Label, writer);
    }

    /// <summary>The only action of an update manifest: the file was opened.</summary>
    public static Assertion Opened(Assertion parent, DateTimeOffset when)
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(2);
        writer.WriteTextString("actions");
        writer.WriteStartArray(1);
        writer.WriteStartMap(3);
        Assertions.WriteText(writer, "action", "c2pa.opened");
        writer.WriteTextString("when");
        WriteTime(writer, when);
        writer.WriteTextString("parameters");
        writer.WriteStartMap(1);
        WriteIngredients(writer, [parent]);
        writer.WriteEndMap();
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteTextString("allActionsIncluded");
        writer.WriteBoolean(true);
        writer.WriteEndMap();
        return Assertions.Cbor(Label, writer);
    }

    private static IEnumerable<Step> StepsOf(CredentialDescription description, IReadOnlyList<Assertion> ingredients)
    {
        Assertion[] Of(IngredientRole role) => [.. ingredients.Where((_, i) => description.Ingredients[i].Role == role)];
        Assertion[] parent = Of(IngredientRole.Parent), inputs = Of(IngredientRole.Input);
        // What a model looked at belongs to the first thing that the model did.
        if (parent.Length == 0) yield return new(new("c2pa.created", description.SourceType, ByModel: true), inputs);
        else yield return new(new("c2pa.opened"), parent);
        foreach (Assertion component in Of(IngredientRole.Component)) yield return new(new("c2pa.placed"), [component]);
        bool inputsNamed = parent.Length == 0;
        IEnumerable<ContentChange> changes = parent.Length > 0 && !description.Changes.Any(c => c.Action != ContentChange.WatermarkedAction && c.Action != ContentChange.LabelAction)
            ? description.Changes.Prepend(ContentChange.EditedByModel with { SourceType = description.SourceType }) : description.Changes;
        foreach (ContentChange change in changes)
        {
            yield return new(change, change.ByModel && !inputsNamed ? inputs : []);
            inputsNamed |= change.ByModel;
        }
        if (description.SoftBinding is not null && !description.Changes.Any(c => c.Action == ContentChange.WatermarkedAction)) yield return new(ContentChange.Watermarked, []);
    }

    private static void WriteStep(CborWriter writer, Step step, CredentialDescription description)
    {
        (ContentChange change, Assertion[] ingredients) = step;
        int parameters = (change.ByModel ? 1 : 0) + (ingredients.Length > 0 ? 1 : 0);
        writer.WriteStartMap(2 + (change.ByModel ? 1 : 0) + (change.SourceType is null ? 0 : 1) + (change.Description is null ? 0 : 1) + (parameters > 0 ? 1 : 0));
        Assertions.WriteText(writer, "action", change.Action);
        writer.WriteTextString("when");
        WriteTime(writer, description.When);
        if (change.ByModel)
        {
            writer.WriteTextString("softwareAgent");
            writer.WriteStartMap(2);
            Assertions.WriteText(writer, "name", description.ModelName);
            Assertions.WriteText(writer, "version", description.ModelVersion);
            writer.WriteEndMap();
        }
        if (change.SourceType is { } type) Assertions.WriteText(writer, "digitalSourceType", type.ToUri());
        if (change.Description is not null) Assertions.WriteText(writer, "description", change.Description);
        if (parameters > 0)
        {
            writer.WriteTextString("parameters");
            writer.WriteStartMap(parameters);
            if (change.ByModel) Assertions.WriteText(writer, ModelDigestParameter, description.ModelDigest);
            if (ingredients.Length > 0) WriteIngredients(writer, ingredients);
            writer.WriteEndMap();
        }
        writer.WriteEndMap();
    }

    private static void WriteIngredients(CborWriter writer, Assertion[] ingredients)
    {
        writer.WriteTextString("ingredients");
        writer.WriteStartArray(ingredients.Length);
        foreach (Assertion ingredient in ingredients)
            IngredientAssertion.WriteReference(writer, "self#jumbf=c2pa.assertions/" + ingredient.Label, ingredient.Box.AsSpan(8));
        writer.WriteEndArray();
    }

    /// <summary>In UTC and whole seconds, tagged as a date (RFC 8949, 3.4.1).</summary>
    public static void WriteTime(CborWriter writer, DateTimeOffset time)
    {
        writer.WriteTag(CborTag.DateTimeString);
        writer.WriteTextString(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }

    private readonly record struct Step(ContentChange Change, Assertion[] Ingredients);
}
